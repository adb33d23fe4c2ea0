// nginx's configuration: static files from a volume, the rest to the app's live generation, HTTPS if there are certificates.
// Text from values only.
import { answersFolder, answerVariables, nginxAnswers } from "./nginx-answers.ts";
import { accessLog, basics, compression, processes } from "./nginx-base.ts";
import { appHeaders, ownHeaders } from "./nginx-headers.ts";

export interface NginxArgs {
  /** Host names that the environment answers on; links and redirects lead to the first. */
  readonly names: readonly [string, ...string[]];
  /** Port for HTTP, in its container. Above 1023: it runs without privileges. */
  readonly port: number;
  /** Answer over HTTPS, and lead there what comes by HTTP. @default HTTP only */
  readonly https?: NginxHttps;
  /** Port that the app's containers listen on. */
  readonly appPort: number;
  /** Folder that holds the folder `static`. */
  readonly root: string;
  /** Folder whose link `live` names the alias of the app's containers, and whose file `maintenance` shuts the site. */
  readonly gate: string;
  /** Processes; one a core. */
  readonly workers: number;
  /** MiB that a request's body may have. @default 10 */
  readonly bodyLimit?: number;
  /** POSTs a minute that one address may send to the register and login pages. @default 10 */
  readonly signInsPerMinute?: number;
}

export interface NginxHttps {
  /** Port for HTTPS, in its container. */
  readonly port: number;
  /** Port that users reach it on. */
  readonly publicPort: number;
  /** Folder with `site.pem`, `site-key.pem` and the folder `challenges`, which is handed out for ACME. */
  readonly certificates: string;
  /** Tell browsers to come back over HTTPS only. Not for names that other things on the machine have as well. */
  readonly strict: boolean;
}

/** Port on which nginx tells its own health, inside its container only. */
export const nginxHealthPort = 8081;

/** POSTs to these are counted: `/login`, `/accounts/register/`, `/api/v1/auth/login` … */
const signInPath = "^POST /(api/(v[0-9]+/)?)?([a-z-]+/)?(login|register)/?$";

/** The whole configuration file. */
export function nginxConfig(args: NginxArgs): string {
  const parts = [
    basics(args.bodyLimit ?? 10),
    accessLog(),
    compression(),
    signInLimit(args),
    proxying(args),
    answerVariables(),
    args.https === undefined ? "" : tls(args.https),
    ...servers(args),
    healthServer(),
  ];
  return `${processes(args.workers)}
http {
${parts.filter((part) => part !== "").join("\n")}}
`;
}

/** The key is empty for every other request, and an empty key is not counted. */
function signInLimit({ signInsPerMinute = 10 }: NginxArgs): string {
  return `  map "$request_method $uri" $sign_in_client {
    default "";
    "~${signInPath}" $binary_remote_addr;
  }
  limit_req_zone $sign_in_client zone=sign_in:10m rate=${signInsPerMinute}r/m;
  limit_req zone=sign_in burst=${Math.max(1, signInsPerMinute - 1)} nodelay;
  limit_req_status 429;
`;
}

/**
 * Where the app is: \`live\` in the gate is a link to a folder called like the alias of one generation of containers, and
 * \`$realpath_root\` is where it leads at this request. So a new generation gets every request from one moment on, without
 * a reload; Docker's DNS is asked for its addresses again and again, and a request that found nobody at one goes to the
 * next. X-Forwarded-For is set, not added to: what a client claims is not passed on.
 */
function proxying({ gate }: NginxArgs): string {
  return `  map $realpath_root $app {
    "~^${gate}/(?<alias>[a-z0-9-]+)$" $alias;
  }
  resolver 127.0.0.11 valid=2s ipv6=off;
  resolver_timeout 5s;
  proxy_http_version 1.1;
  proxy_connect_timeout 500ms;
  proxy_send_timeout 60s;
  proxy_read_timeout 60s;
  proxy_max_temp_file_size 0;
  proxy_next_upstream error timeout http_502 http_503;
  proxy_next_upstream_tries 4;
  proxy_next_upstream_timeout 15s;
  proxy_set_header Connection "";
  proxy_set_header Forwarded "";
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-For $remote_addr;
  proxy_set_header X-Forwarded-Host $http_host;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_set_header X-Real-IP $remote_addr;
  proxy_set_header X-Request-Id $request_id;

  map $upstream_http_cache_control $media_caching {
    "" "public, max-age=604800";
    default $upstream_http_cache_control;
  }
`;
}

/** Mozilla's "intermediate" profile: https://wiki.mozilla.org/Security/Server_Side_TLS */
function tls({ certificates }: NginxHttps): string {
  const ciphers = ["ECDHE-ECDSA", "ECDHE-RSA"].flatMap((key) =>
    ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"].map((cipher) => `${key}-${cipher}`),
  );
  return `  ssl_certificate ${certificates}/site.pem;
  ssl_certificate_key ${certificates}/site-key.pem;
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_ciphers ${ciphers.join(":")};
  ssl_prefer_server_ciphers off;
  ssl_session_cache shared:tls:10m;
  ssl_session_timeout 1d;
  ssl_session_tickets off;
`;
}

function servers(args: NginxArgs): string[] {
  const { https, port } = args;
  if (https === undefined) return [site(args, `listen ${port} default_server;`)];
  // `http2` beside `listen` is deprecated since 1.25.1 and the only way before it; it works in both.
  return [redirect(args, https), site(args, `listen ${https.port} ssl http2 default_server;`)];
}

/** 308 keeps method and body. Only to names of ours: a redirect to whatever the client wrote could be planted in a cache. */
function redirect({ names, port }: NginxArgs, https: NginxHttps): string {
  const suffix = https.publicPort === 443 ? "" : `:${https.publicPort}`;
  return `  map $host $site {
    default ${names[0]};
${names.map((name) => `    ${name} ${name};`).join("\n")}
  }
  server {
    listen ${port} default_server;
    location /.well-known/acme-challenge/ {
      alias ${https.certificates}/challenges/;
      default_type text/plain;
    }
    location / { return 308 https://$site${suffix}$request_uri; }
  }
`;
}

function site(args: NginxArgs, listen: string): string {
  const { names, appPort, root, gate, https } = args;
  const strict = https?.strict ?? false;
  const app = `proxy_pass http://$app:${appPort};`;
  return `  server {
    ${listen}
    server_name ${names.join(" ")};
    root ${gate}/live;
    ${https === undefined ? "" : "proxy_hide_header Strict-Transport-Security;"}
    ${appHeaders(strict)}

    set $shut "";
    if (-f ${gate}/maintenance) { set $shut 1; }
    if ($uri ~ "^(/healthz?/|${answersFolder}/)") { set $shut ""; }
    if ($shut) { return 503; }

    location / { ${app} }
    location @app { ${app} }

    location /static/ {
      root ${root};
      try_files $uri @app;
      open_file_cache max=1000 inactive=60s;
      open_file_cache_valid 10s;
      add_header Cache-Control "public, max-age=2592000, immutable";
      ${ownHeaders(strict)}
    }

    location /media/ {
      ${app}
      proxy_hide_header Cache-Control;
      add_header Cache-Control $media_caching;
      ${appHeaders(strict)}
    }

${nginxAnswers(ownHeaders(strict))}  }
`;
}

function healthServer(): string {
  return `  server {
    listen 127.0.0.1:${nginxHealthPort};
    access_log off;
    location / { return 204; }
  }
`;
}
