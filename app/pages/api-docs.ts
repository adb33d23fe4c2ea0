// Page: the API's description for people, without scripts and without anything from elsewhere.
import type { FastifyPluginAsync } from "fastify";
import { html } from "ghtml";
import type { PageContext } from "./layout.ts";
import { sendPage } from "./layout.ts";

/** What is read of an OpenAPI document (http/openapi.ts makes it). */
interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly deprecated?: boolean;
  readonly parameters?: readonly { name: string; in: string; required?: boolean; schema: object }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
  readonly responses: Readonly<Record<string, object>>;
}

interface Description {
  readonly info: { readonly title: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface ApiDocs {
  readonly context: PageContext;
  readonly describe: () => Promise<Description>;
}

const config = { permission: "public", anonymous: true } as const;

export const apiDocs: FastifyPluginAsync<ApiDocs> = async (app, { context, describe }) => {
  const schema = { summary: "This description", tags: ["Description"] };
  app.get("/api/v1/openapi.json", { config, schema }, async (_request, reply) =>
    reply
      .header("cache-control", "no-cache")
      .type("application/json; charset=utf-8")
      .send(JSON.stringify(await describe())),
  );

  app.get("/api/docs/", { config }, async (_request, reply) => {
    const description = await describe();
    return sendPage(reply, context, { title: "API", main: render(description), styles: ["api-docs.css"] });
  });
};

interface Entry {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

function render({ info, paths }: Description): string {
  const entries = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: `${method}${path.replaceAll(/[^a-z0-9]+/gi, "-")}`,
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
  const groups = Map.groupBy(entries, ({ operation }) => operation.tags?.[0] ?? "Others");
  const sorted = [...groups].toSorted(([one], [other]) => one.localeCompare(other));
  return html`<h1>${info.title}'s API</h1>
    !${info.description.split("\n\n").map((text) => html`<p>!${inline(text)}</p>`)}
    <p><a href="/api/v1/openapi.json">OpenAPI 3.1</a></p>
    <nav aria-label="Operations">!${sorted.map(([tag, group]) => contents(tag, group))}</nav>
    !${sorted.map(([tag, group]) => html`<h2>${tag}</h2>!${group.map(section)}`)}`;
}

function contents(tag: string, group: readonly Entry[]): string {
  const items = group.map(({ id, method, path }) => html`<li><a href="#${id}">${method} ${path}</a></li>`);
  return html`<details><summary>${tag} (${group.length})</summary><ul>!${items}</ul></details>`;
}

function section({ id, method, path, operation }: Entry): string {
  const { summary = "", description = "", parameters = [], requestBody, responses, deprecated } = operation;
  const body = Object.entries(requestBody?.content ?? {});
  return html`<section class="operation" id="${id}">
    <h3><span class="method">${method}</span> <code>${path}</code></h3>
    <p>${deprecated ? "Deprecated. " : ""}${summary}</p>
    <p class="quiet">${description}</p>
    !${parameters.length === 0 ? "" : parameterTable(parameters)}
    !${body.map(([type, { schema }]) => schemaOf(`Body, ${type}`, schema))}
    !${Object.entries(responses).map(([status, response]) => schemaOf(`Answer ${status}`, response))}
  </section>`;
}

function parameterTable(parameters: NonNullable<Operation["parameters"]>): string {
  const rows = parameters.map(
    ({ name, in: place, required, schema }) => html`<tr>
      <th scope="row"><code>${name}</code></th><td>${place}!${required ? ", required" : ""}</td>
      <td><code>${JSON.stringify(schema)}</code></td></tr>`,
  );
  return html`<table><thead><tr><th scope="col">Parameter</th><th scope="col">Where</th><th scope="col">What</th></tr></thead>
    <tbody>!${rows}</tbody></table>`;
}

function schemaOf(title: string, schema: object): string {
  return html`<details><summary>${title}</summary><pre tabindex="0">${JSON.stringify(schema, null, 2)}</pre></details>`;
}

/** Text with its words in backticks as code. */
function inline(text: string): string {
  return text
    .split("`")
    .map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`))
    .join("");
}
