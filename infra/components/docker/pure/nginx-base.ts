// The parts of nginx's configuration that have to do neither with the app nor with the site: processes, limits, log, gzip.

export function processes(workers: number): string {
  return `daemon off;
worker_processes ${workers};
worker_rlimit_nofile 8192;
worker_shutdown_timeout 25s;
pid /tmp/nginx.pid;
error_log /dev/stderr warn;
events { worker_connections 2048; }`;
}

export function basics(bodyLimit: number): string {
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

/**
 * What the client asked for, whatever led elsewhere inside nginx; paths without their query, and what looks like a token cut out
 * of them, because links may carry some.
 * What nginx leaves empty where there is no upstream is text.
 */
export function accessLog(): string {
  const texts = {
    time: "$time_iso8601",
    request_id: "$request_id",
    client: "$remote_addr",
    method: "$request_verb",
    scheme: "$scheme",
    protocol: "$server_protocol",
    host: "$host",
    path: "$request_path",
    user_agent: "$http_user_agent",
    upstream: "$upstream_addr",
    upstream_status: "$upstream_status",
    upstream_seconds: "$upstream_response_time",
  };
  const numbers = `"status":$status,"bytes":$body_bytes_sent,"seconds":$request_time`;
  return `  map $request_uri $request_path {
    "~^(?<start>[^?]*/)eyJ[\\w-]+\\.[\\w.-]+(?<end>[^?]*)" "$start[redacted]$end";
    "~^(?<path>[^?]*)" $path;
  }
  map $request $request_verb { "~^(?<verb>[A-Z]+) " $verb; default $request_method; }
  log_format json escape=json '${JSON.stringify(texts).slice(0, -1)},${numbers}}';
  access_log /dev/stdout json;
`;
}

/** nginx's official image has no brotli. */
export function compression(): string {
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
