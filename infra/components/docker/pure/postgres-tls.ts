// How PostgreSQL in a container comes to its certificate, and whom it lets in.

/** By socket whoever is in the container already, by network with TLS and password only. */
export const accessRules = `# type     database  user  address  method
local      all       all            trust
hostssl    all       all   all      scram-sha-256
`;

export interface TlsFolders {
  /** Of the server's key and certificate. */
  readonly key: string;
  /** Of `ca.pem`, for clients. */
  readonly authority: string;
}

/**
 * Entrypoint and command of a server that first, once, makes itself a key and a certificate, which is its own authority.
 * The key never leaves the host. Nobody but this environment's containers trusts the certificate, so that nothing is won by
 * a shorter life than ten years.
 *
 * @param name what clients know the server as
 */
export function startWithCertificate(
  name: string,
  { key, authority }: TlsFolders,
  command: readonly string[],
): { entrypoints: string[]; command: string[] } {
  const files = { key: `${key}/server-key.pem`, certificate: `${key}/server.pem` };
  const script = `set -e
if [ ! -s ${files.certificate} ]; then
  umask 077
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=${name} \\
    -addext subjectAltName=DNS:${name} -keyout ${files.key} -out ${files.certificate}.draft 2>/dev/null
  mv ${files.certificate}.draft ${files.certificate}
fi
chown postgres:postgres ${key} ${files.key} ${files.certificate}
cp ${files.certificate} ${authority}/.ca.pem
chmod 0444 ${authority}/.ca.pem
mv ${authority}/.ca.pem ${authority}/ca.pem
exec docker-entrypoint.sh "$@"`;
  return {
    entrypoints: ["sh", "-c", script, "sh"],
    command: [
      ...command,
      ...["-c", "ssl=on", "-c", "ssl_min_protocol_version=TLSv1.2"],
      ...["-c", `ssl_cert_file=${files.certificate}`, "-c", `ssl_key_file=${files.key}`],
    ],
  };
}
