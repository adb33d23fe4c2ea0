// What of `cloud` the engine tests cannot show, as the AWS emulator or its provider lacks it: what, why, and the test that holds it
// on the recorded program instead.

export interface Gap {
  readonly what: string;
  readonly why: string;
  readonly heldBy: { readonly file: string; readonly test: string };
}

/** Differences that a refresh shows though nobody changed anything. */
export const forgotten: readonly { readonly type: RegExp; readonly diff: string; readonly why: string }[] = [
  {
    type: /SecurityGroup(In|E)gressRule$/,
    diff: "-description",
    why: "The emulator loses the description of a rule that names another group or a prefix list.",
  },
];

const architecture = "test/infra/cloud.test.ts";
const release = "test/infra/cloud-release.test.ts";
const component = (name: string) => `test/infra/aws/${name}.test.ts`;

export const gaps: readonly Gap[] = [
  {
    what: "blue/green and canary",
    why: "The provider is one major version behind and drops ECS's deployment strategies.",
    heldBy: { file: release, test: "or by a shift of traffic, whose weights are ECS's alone" },
  },
  {
    what: "alarms that take a deployment back",
    why: "Alarms of the emulator never fire; it goes back when it is scripted to.",
    heldBy: { file: release, test: "tasks take over one by one, and alarms of the load balancer take a rollout back" },
  },
  {
    what: "rights",
    why: "The emulator evaluates no policy: everybody may do everything.",
    heldBy: {
      file: architecture,
      test: "no role may do everything, or anything to everything but what AWS lets be limited to nothing",
    },
  },
  {
    what: "who reads the database owner's password",
    why: "The same; and no task of the emulator starts a process.",
    heldBy: {
      file: architecture,
      test: "only release can read the owner's password, and only web and worker sign in as the app",
    },
  },
  {
    what: "what the edge answers: origins, headers, caching",
    why: "Distributions and VPC origins are stored and serve nothing.",
    heldBy: {
      file: component("edge"),
      test: "reaches the app by a VPC origin, and sends everything through the firewall",
    },
  },
  {
    what: "what the firewall refuses",
    why: "Web ACLs are stored and filter nothing.",
    heldBy: {
      file: component("edge"),
      test: "ten POSTs a minute to register and login, and the rate of the configuration for all else",
    },
  },
  {
    what: "an environment with a domain of its own",
    why: "Nobody delegates a zone to the emulator, and its certificates are issued without proof.",
    heldBy: {
      file: component("domain"),
      test: "a certificate in CloudFront's region is proven by one record for each name",
    },
  },
  {
    what: "health checks of tasks and targets",
    why: "No task of the emulator starts a process: how tasks do is scripted.",
    heldBy: {
      file: component("load-balancer"),
      test: "lets tasks in fast, takes them out slowly, and does not hold up a rollout",
    },
  },
  {
    what: "backups, their copies, and restore tests",
    why: "Plans, selections and restore tests are stored and never run.",
    heldBy: {
      file: component("operating"),
      test: "the newest backup is restored every week, among the isolated subnets, by AWS's own policies for it",
    },
  },
  {
    what: "a database's engine, encryption and TLS",
    why: "Instances of the emulator are records; no PostgreSQL runs.",
    heldBy: { file: component("database"), test: "takes TLS only and logs slow statements" },
  },
  {
    what: "autoscaling, and the nights",
    why: "Targets, policies and scheduled actions are stored and move no count.",
    heldBy: { file: component("task"), test: "autoscaling by CPU, memory and requests owns the count" },
  },
  {
    what: "the session of a tunnel",
    why: "The emulator has no Session Manager.",
    heldBy: {
      file: "test/infra/operations/tunnel.test.ts",
      test: "the task of a tunnel has the process's image and place, and none of its secrets, rights and work",
    },
  },
];
