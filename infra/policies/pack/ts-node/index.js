// What Pulumi's run-policy-pack registers before it loads a pack, whatever `runtime.options.typescript` says. Node strips the
// types by itself here, and the ts-node that Pulumi brings along fails on TypeScript 7, which has no API for it.
module.exports = { register() {} };
