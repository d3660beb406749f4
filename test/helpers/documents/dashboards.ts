import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../peer.js';

/** A query of a panel, in PromQL with Grafana's variables. */
export interface BoardQuery {
  readonly expr: string;
  readonly refId: string;
  /** Over the time range; the value at its end where false. */
  readonly range: boolean;
  readonly datasource: { readonly type: string; readonly uid: string };
}

interface Override {
  readonly matcher: { readonly id: string; readonly options: string };
  readonly properties: readonly { readonly id: string; readonly value: unknown }[];
}

export interface BoardPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string }; readonly overrides: readonly Override[] };
  readonly targets?: readonly BoardQuery[];
  /** The panels of a row that is collapsed. */
  readonly panels?: readonly BoardPanel[];
}

export interface Board {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly links: readonly { readonly url: string }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
  readonly panels: readonly BoardPanel[];
}

const FOLDER = join(REPOSITORY, 'deploy/grafana');

/** The dashboards by the names of their files. */
export function readBoards(): ReadonlyMap<string, Board> {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
  // The files are ours; what is not as the type says fails the tests.
  return new Map(names.map((name) => [name, JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Board]));
}

/** All panels of a dashboard, rows and what is in them included. */
export function panelsOf({ panels }: Pick<Board, 'panels'>): readonly BoardPanel[] {
  return panels.flatMap((panel) => [panel, ...panelsOf({ panels: panel.panels ?? [] })]);
}

/** The labels that are columns of a table; columns of values are none. */
export function labelColumns({ fieldConfig }: BoardPanel): readonly string[] {
  return (fieldConfig?.overrides ?? [])
    .map(({ matcher }) => matcher.options)
    .filter((name) => !/^Value(?: #[A-Z])?$/.test(name));
}
