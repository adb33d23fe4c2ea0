// For the container's health check: the site has a certificate that is valid now. Exit code 0 or 1.
import { currentSite } from "./store.ts";

const current = await currentSite(process.env.CERTIFICATES ?? "/certificates");
const ends = current === undefined ? 0 : Date.parse(current.validTo);
if (ends < Date.now()) {
  process.stderr.write(
    `Not healthy: ${current === undefined ? "there is no certificate" : `it ended on ${current.validTo}`}.\n`,
  );
  process.exitCode = 1;
}
