/**
 * Everybody who tells how it is, as one function each: all must tell the same. Whoever tells it in a new place
 * adds a reader to the property in `one-value.test.ts`.
 */
import { stripVTControlCharacters } from 'node:util';
import { inspectorMetrics } from '../../src/adapters/http/metrics.ts';
import { statusLines } from '../../src/cli/status-words.ts';
import type { StatusReport } from '../../src/healing/status.ts';
import type { Known } from '../../src/inspector/known.ts';
import { overviewOf } from '../../src/inspector/overview.ts';
import { whyOf } from '../../src/inspector/why.ts';

/** Health by component, and of all; `critical` of those of which the place tells it. */
export interface Told {
  readonly overall: string;
  readonly components: Readonly<Record<string, string>>;
  readonly critical?: Readonly<Record<string, boolean>>;
}

export interface Reader {
  readonly name: string;
  read(known: Known): Told | Promise<Told>;
}

const toldBy = ({ status, components }: Pick<StatusReport, 'status' | 'components'>): Told => ({
  overall: status,
  components: Object.fromEntries(Object.entries(components).map(([id, one]) => [id, one.status])),
  critical: Object.fromEntries(Object.entries(components).map(([id, one]) => [id, one.critical])),
});

const MARK = /^(✔|▲|✖|\?) (green|yellow|red|unknown)/;

/** What stands on the terminal: the first line says it of all, a row of the table of a component. */
function readWords(lines: readonly string[], ids: readonly string[]): Told {
  const plain = lines.flatMap((line) => stripVTControlCharacters(line).split('\n'));
  const rows = plain.flatMap((line) => {
    const [, , health = ''] = MARK.exec(line) ?? [];
    const id = line.replace(MARK, '').trim().split(/\s+/)[0] ?? '';
    return ids.includes(id) && / hold /.test(line) ? [{ id, health, critical: line.endsWith(' critical') }] : [];
  });
  return {
    overall: MARK.exec(plain[0] ?? '')?.[2] ?? 'unread',
    components: Object.fromEntries(rows.map(({ id, health }) => [id, health])),
    // Of what is green the terminal does not say it.
    critical: Object.fromEntries(
      rows.flatMap(({ id, health, critical }) => (health === 'green' ? [] : [[id, critical]])),
    ),
  };
}

export const READERS: readonly Reader[] = [
  { name: 'status --json', read: ({ status }) => toldBy(JSON.parse(JSON.stringify(status)) as StatusReport) },
  {
    name: 'status',
    read: ({ status, dir }) => readWords(statusLines(status, null, dir ?? ''), Object.keys(status.components)),
  },
  {
    name: '/api/overview',
    read: (known) => {
      const { verdict, components } = overviewOf(known);
      return {
        overall: verdict.health,
        components: Object.fromEntries(components.map(({ id, health }) => [id, health])),
        critical: Object.fromEntries(components.map(({ id, critical }) => [id, critical])),
      };
    },
  },
  { name: '/api/overview, its status', read: (known) => toldBy(overviewOf(known).status) },
  {
    name: '/api/why',
    read: (known) => ({
      overall: known.status.status,
      components: Object.fromEntries(
        Object.keys(known.status.components).map((id) => [id, whyOf(id, known)?.health ?? 'nothing']),
      ),
    }),
  },
  {
    name: '/metrics',
    read: async (known) => {
      const metrics = inspectorMetrics();
      const text = await metrics.scrape({ overview: overviewOf(known), actors: [], streams: 0, dropped: 0 });
      metrics.close();
      return readMetrics(text);
    },
  },
];

/** What Prometheus would know, from the text of `/metrics`: of every label one series that is 1. */
export function readMetrics(text: string): Told {
  const series = text.split('\n').flatMap((line) => {
    const [, name = '', labels = '', value = ''] = /^(\w+)\{([^}]*)\} (\S+)$/.exec(line) ?? [];
    const of = Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', is = '']) => [key, is]));
    return name === '' ? [] : [{ name, of, value: Number(value) }];
  });
  const lit = (metric: string) => series.filter(({ name, value }) => name === metric && value === 1);
  const critical = series.filter(({ name }) => name === 'kintsugi_component_critical');
  return {
    overall: lit('kintsugi_health')
      .map(({ of }) => of.health)
      .join(),
    components: Object.fromEntries(
      lit('kintsugi_component_health').map(({ of }) => [of.component ?? '', of.health ?? '']),
    ),
    critical: Object.fromEntries(critical.map(({ of, value }) => [of.component ?? '', value === 1])),
  };
}
