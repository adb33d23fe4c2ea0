// What the app's list endpoint is measured against: Fastify, pg and the same query, and nothing else.
import fastify from "fastify";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const query = `select "id", "slug", "name", "status", "starts_at", "capacity", "teams", "created_at"
  from arena."tournaments" where status not in ('draft', 'archived') order by "id" desc limit $1`;
const limit = 20;

const app = fastify();
app.get("/api/v1/tournaments/", async () => {
  const { rows } = await pool.query(query, [limit + 1]);
  return { items: rows.slice(0, limit), next: rows[limit]?.id ?? null };
});
app.get("/health/ready/", async () => ({ status: "ready" }));
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
