// Colours and letters of a picture, light and dark. Every text on its ground has a contrast of 4.5 or more.
export const lightPicture = `--back:#fff;--ink:#17202b;--soft:#526070;--line:#a9b7c6;--frame:#f5f8fb;--ground:#e9f0f7;--body:#fff;--public:#a34700;--new:#12692f;--changed:#6a4d00;--replaced:#8a3ab9;--removed:#b3261e;--on:#fff`;
export const darkPicture = `--back:#0d141c;--ink:#e6edf4;--soft:#a3b2c2;--line:#4b5d70;--frame:#121b26;--ground:#182432;--body:#0f1822;--public:#ffa657;--new:#5ad07f;--changed:#e6bd4f;--replaced:#d3a4f5;--removed:#ff8f85;--on:#0d141c`;

const rules = `.picture{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
.picture .back{fill:var(--back)}.picture text{fill:var(--ink);font-size:11px}
.picture .heading{font-size:18px;font-weight:650}.picture .frame-title,.picture .area-title{font-size:12.5px;font-weight:600}
.picture .title{font-size:13px;font-weight:600}.picture .line,.picture .kind,.picture .zones,.picture .port{fill:var(--soft)}
.picture .kind{font-size:10.5px;letter-spacing:.03em}.picture .zones{text-anchor:end;letter-spacing:.12em}
.picture .frame{fill:var(--frame);stroke:var(--line);stroke-dasharray:6 4}.picture .ground{fill:var(--ground)}
.picture .body{fill:var(--body);stroke:var(--line);stroke-width:1.2}.picture .dot{fill:var(--line)}
.picture .flow path{fill:none;stroke:var(--soft);stroke-width:1.6}.picture marker path{fill:var(--soft)}
.picture .port{font-weight:600;paint-order:stroke;stroke:var(--ground);stroke-width:4px;stroke-linejoin:round}
.picture .lozenge{fill:var(--soft)}.picture .pill text{text-anchor:middle;font-size:10.5px;font-weight:650;fill:var(--on)}`;

const marked = ["public", "new", "changed", "replaced", "removed"]
  .map(
    (kind) => `.picture .card.${kind}>.body,.picture .area.${kind}>.ground{stroke:var(--${kind});stroke-width:2}
.picture .flow.${kind} path{stroke:var(--${kind})}.picture marker.${kind} path,.picture .pill.${kind} .lozenge,.picture .key.${kind} .dot{fill:var(--${kind})}
.picture .flow.${kind} .port{fill:var(--${kind})}`,
  )
  .join("\n");

const gone = ".picture .removed>.body,.picture .flow.removed path{stroke-dasharray:5 4}";

export const pictureRules = [rules, marked, gone].join("\n");

export const pictureStyle = `:root{${lightPicture}}
@media (prefers-color-scheme:dark){:root{${darkPicture}}}
${pictureRules}`;
