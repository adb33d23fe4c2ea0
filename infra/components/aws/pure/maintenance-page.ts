// What users see while the maintenance switch is on: one page without anything to load, of less than the firewall's 4 KB.

export const maintenancePage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Back soon</title>
<style>
body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 1.125rem/1.6 system-ui, sans-serif; color: #1c2430; background: #f5f7fa }
main { max-width: 32rem; padding: 2rem; text-align: center }
h1 { margin: 0 0 .5rem; font-size: 1.75rem }
@media (prefers-color-scheme: dark) { body { color: #e8edf4; background: #10151c } }
</style>
<main>
<h1>We will be back soon</h1>
<p>This service is being worked on. Nothing is lost; please try again in a few minutes.</p>
</main>
</html>
`;
