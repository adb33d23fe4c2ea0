// The style of the page: the picture's colours, letters that the reader's system has, nothing from elsewhere.
import { darkPicture, lightPicture, pictureRules } from "./picture/style.ts";

export const pageStyle = `:root{${lightPicture};color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{${darkPicture}}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;overflow-wrap:anywhere}
.skip{position:absolute;left:8px;top:-60px;background:var(--ink);color:var(--back);padding:8px 12px;border-radius:6px}.skip:focus{top:8px}
header,main,footer{max-width:1400px;margin:0 auto;padding:0 20px}header{padding-top:24px}
h1{font-size:24px;line-height:1.25;margin:0 0 4px}h2{font-size:18px;margin:32px 0 12px}p{margin:4px 0 12px}
.soft,.soft *{color:var(--soft)}a{color:inherit}
a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:3px solid var(--public);outline-offset:2px;border-radius:4px}
nav ul{display:flex;flex-wrap:wrap;gap:4px 8px;list-style:none;margin:12px 0;padding:0}nav a{display:inline-block;padding:4px 10px;border:1px solid var(--line);border-radius:999px;text-decoration:none}
nav a:hover{background:var(--ground)}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(145px,1fr));gap:12px;margin:16px 0;padding:0}
.facts div{background:var(--ground);border-radius:10px;padding:12px 14px}.facts dt{font-size:13px}.facts dd{margin:0;font-size:17px;font-weight:650}.facts small{display:block;font-size:13px;font-weight:400}
.facts dt,.facts small{color:var(--soft)}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:10px}.scroll svg{display:block;min-width:820px;width:100%;height:auto}
ul.plain{list-style:none;margin:0;padding:0}ul.plain>li{padding:6px 0;border-top:1px solid var(--line)}ul.plain>li:first-child{border-top:0}
details{border-top:1px solid var(--line)}details:first-of-type{border-top:0}summary{cursor:pointer;padding:7px 2px;min-height:24px}
details>:not(summary){margin-left:20px}
code,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace;font-size:13px}
.tag{display:inline-block;border:1.5px solid currentColor;border-radius:999px;padding:0 8px;font-size:12.5px;font-weight:650;white-space:nowrap}
.good{color:var(--new)}.mild{color:var(--changed)}.odd{color:var(--replaced)}.bad{color:var(--removed)}.open{color:var(--public)}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:5px 10px 5px 0;border-top:1px solid var(--line)}thead th,thead td{border-top:0}thead th{font-size:13px;color:var(--soft)}
td.n,th.n{text-align:right;white-space:nowrap}
.bars{width:100%;border-collapse:collapse}.bars th{font-weight:400;width:30%}.bars td.n{width:1%}.bars svg{display:block;width:100%;height:16px}
.bar{fill:var(--soft)}.bar.more{fill:var(--public)}.bar.less{fill:var(--new)}
.tree ul{list-style:none;margin:0;padding-left:18px;border-left:1px solid var(--line)}.tree>ul{padding-left:0;border-left:0}.tree li{padding:1px 0}.tree li>details{border:0}.tree .leaf{padding:3px 2px}
del{color:var(--removed)}ins{color:var(--new);text-decoration:none}
footer{padding-top:24px;padding-bottom:40px}
@media (max-width:520px){header,main,footer{padding-left:12px;padding-right:12px}th,td{padding-right:6px}.bars th{width:45%}}
@media print{nav,.skip{display:none}}
${pictureRules}`;
