// nginx's configuration: one server that hands out static files and passes the rest on to the app. Text from values only.

export interface NginxArgs {
  /** Host name that the environment answers on. */
  readonly domain: string;
  /** Port that nginx listens on, in its container. Above 1023: it runs without privileges. */
  readonly port: number;
  /** Docker's DNS name of the app's containers, all of them. */
  readonly appHost: string;
  /** Port that they listen on. */
  readonly appPort: number;
  /** Folder that holds the folder `static`. */
  readonly root: string;
  /** Processes; one a core. */
  readonly workers: number;
  /** MiB that a request's body may have. @default 10 */
  readonly bodyLimit?: number;
  /** POSTs a minute that one address may send to the register and login pages. @default 10 */
  readonly signInsPerMinute?: number;
}

/** Port on which nginx tells its own health, inside its container only. */
export const nginxHealthPort = 8081;

/** POSTs to these are counted: `/login`, `/accounts/register/`, `/api/v1/auth/login` … */
const signInPath = "^POST /(api/(v[0-9]+/)?)?([a-z-]+/)?(login|register)/?$";

/** The whole configuration file. */
export function nginxConfig(args: NginxArgs): string {
  return `${processes(args)}
http {
${[basics(args), accessLog(), compression(), signInLimit(args), proxying(), server(args), healthServer()].join("\n")}}
`;
}

function processes({ workers }: NginxArgs): string {
  return `daemon off;
worker_processes ${workers};
worker_rlimit_nofile 8192;
worker_shutdown_timeout 25s;
pid /tmp/nginx.pid;
error_log /dev/stderr warn;
events { worker_connections 2048; }`;
}

function basics({ bodyLimit = 10 }: NginxArgs): string {
  return `  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  server_tokens off;
  sendfile on;
  tcp_nopush on;

  client_body_temp_path /tmp/client-body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;

  client_max_body_size ${bodyLimit}m;
  client_header_timeout 15s;
  client_body_timeout 30s;
  send_timeout 30s;
  keepalive_timeout 65s;
  reset_timedout_connection on;
`;
}

/** Paths without their query: links may carry tokens. What nginx leaves empty where there is no upstream is text. */
function accessLog(): string {
  const texts = {
    time: "$time_iso8601",
    request_id: "$request_id",
    client: "$remote_addr",
    method: "$request_method",
    host: "$host",
    path: "$uri",
    user_agent: "$http_user_agent",
    upstream: "$upstream_addr",
    upstream_status: "$upstream_status",
    upstream_seconds: "$upstream_response_time",
  };
  const numbers = `"status":$status,"bytes":$body_bytes_sent,"seconds":$request_time`;
  return `  log_format json escape=json '${JSON.stringify(texts).slice(0, -1)},${numbers}}';
  access_log /dev/stdout json;
`;
}

function compression(): string {
  const types = [
    "application/javascript",
    "application/json",
    "application/manifest+json",
    "application/xml",
    "image/svg+xml",
    "text/css",
    "text/csv",
    "text/javascript",
    "text/plain",
  ];
  return `  gzip on;
  gzip_static on;
  gzip_vary on;
  gzip_proxied any;
  gzip_comp_level 5;
  gzip_min_length 1024;
  gzip_types ${types.join(" ")};
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
 * The app's name is asked of Docker's DNS again and again, so that new containers get requests and old ones none without
 * a touch of nginx; a request that found nobody at one address goes to the next. X-Forwarded-For is set, not added to:
 * what a client claims is not passed on.
 */
function proxying(): string {
  return `  resolver 127.0.0.11 valid=2s ipv6=off;
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

function server({ domain, port, appHost, appPort, root }: NginxArgs): string {
  const app = `proxy_pass http://$app:${appPort};`;
  return `  server {
    listen ${port} default_server;
    server_name ${domain};
    set $app ${appHost};

    location / { ${app} }
    location @app { ${app} }

    location /static/ {
      root ${root};
      try_files $uri @app;
      open_file_cache max=1000 inactive=60s;
      open_file_cache_valid 10s;
      add_header Cache-Control "public, max-age=2592000, immutable";
      add_header X-Content-Type-Options nosniff;
      add_header X-Frame-Options DENY;
      add_header Referrer-Policy strict-origin-when-cross-origin;
    }

    location /media/ {
      ${app}
      proxy_hide_header Cache-Control;
      add_header Cache-Control $media_caching;
    }

    error_page 413 @too_large;
    error_page 429 @too_many;
    error_page 502 504 @unavailable;
    location @too_large { ${failure(413, "PAYLOAD_TOO_LARGE", "The request is too large.")} }
    location @too_many { add_header Retry-After 60 always; ${failure(429, "RATE_LIMITED", "Too many attempts: try again in a minute.")} }
    location @unavailable { add_header Retry-After 10 always; ${failure(503, "UNAVAILABLE", "The service does not answer: try again soon.")} }
  }
`;
}

/** What nginx itself answers has the shape of the app's errors. */
function failure(status: number, code: string, error: string): string {
  const body = JSON.stringify({ error, code, status, request_id: "$request_id" });
  return `default_type application/json; return ${status} '${body}';`;
}

function healthServer(): string {
  return `  server {
    listen 127.0.0.1:${nginxHealthPort};
    access_log off;
    location / { return 204; }
  }
`;
}
