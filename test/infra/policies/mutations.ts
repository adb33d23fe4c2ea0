// Every hardening of the components, weakened in the recorded graph one at a time.
import { accountMutations } from "./mutations/account.ts";
import { dataMutations } from "./mutations/data.ts";
import { dockerMutations } from "./mutations/docker.ts";
import { edgeMutations } from "./mutations/edge.ts";
import type { Mutation } from "./mutations/mutation.ts";
import { rightsMutations } from "./mutations/rights.ts";
import { taskMutations } from "./mutations/tasks.ts";

export const mutations: readonly Mutation[] = [
  ...edgeMutations,
  ...taskMutations,
  ...dataMutations,
  ...accountMutations,
  ...rightsMutations,
  ...dockerMutations,
];
