import type { Queryable } from '../../src/store/database.js';

/** How a statement was planned. */
export interface Plan {
  /** Indexes it reads, each once. */
  readonly indexes: string[];
  /** Tables it reads from end to end. */
  readonly scanned: string[];
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** Runs statements and keeps the plan of each, as the database makes it for these very values. */
export class ExplainedDatabase implements Queryable {
  readonly plans: Plan[] = [];

  constructor(private readonly database: Queryable) {}

  async query<Row>(sql: string, params?: readonly unknown[]): Promise<Row[]> {
    const [row] = await this.database.query<{ 'QUERY PLAN': unknown }>(`EXPLAIN (FORMAT JSON) ${sql}`, params);
    const told = row?.['QUERY PLAN'];
    const [{ Plan: root }] = (typeof told === 'string' ? JSON.parse(told) : told) as [{ Plan: PlanNode }];
    const nodes = [...allNodes(root)];
    this.plans.push({
      indexes: names(nodes.map((node) => node['Index Name'])),
      scanned: names(nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name'])),
    });
    return this.database.query<Row>(sql, params);
  }
}

function* allNodes(node: PlanNode): Iterable<PlanNode> {
  yield node;
  for (const child of node.Plans ?? []) yield* allNodes(child);
}

function names(found: readonly (string | undefined)[]): string[] {
  return [...new Set(found.filter((name) => name !== undefined))].sort();
}
