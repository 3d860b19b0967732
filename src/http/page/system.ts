import { html } from 'htm/preact/standalone';
import type { AboutDocument } from '#http/api/about';
import type { SystemDocument } from '#http/api/system';
import { DeadLetters } from './dead-letters.ts';
import { useWords } from './language.ts';
import { loadSystem } from './load.ts';
import { useLoaded } from './loaded.ts';
import { Table } from './table.ts';
import { Trouble } from './trouble.ts';
import { Scanners, SecondModel } from './watching.ts';

interface SystemProps {
  readonly about: AboutDocument | undefined;
  readonly changes: number;
}

/** How the agent stands: what goes where, what waits, what was refused, what a person must look at. */
export function System({ about, changes }: SystemProps) {
  const { t, number, moment } = useWords();
  const { value: system, error } = useLoaded(loadSystem, [changes]);
  if (!system)
    return error === undefined
      ? html`<p class="loading" role="status">${t.loading}</p>`
      : html`<${Trouble} error=${error} />`;
  const count = (value: number) => number(value, 0);
  const { destinations, backlog, models } = system;
  const { deliveries } = t.field;
  const named = (kind: string) =>
    Object.hasOwn(t.system.jobs, kind) ? (t.system.jobs as Record<string, string>)[kind] : kind;
  return html`<article class="system">
    <h1>${t.system.title}</h1>
    <${DeadLetters} letters=${system.setAside} about=${about} />
    <div class="cards">
      <${Table}
        id="destinations"
        title=${t.system.destinations}
        empty=${t.system.noDestinations}
        head=${['', deliveries.delivered, deliveries.waiting, deliveries.withheld, deliveries.dead]}
        rows=${destinations.map(({ name, kind, counts }) => [html`${name} <small>${kind ?? '–'}</small>`, ...[counts.delivered, counts.waiting, counts.withheld, counts.dead].map(count)])}
      />
      <${Table}
        id="queues"
        title=${t.system.queues}
        empty=${t.system.none}
        head=${[t.system.job, t.system.waiting, t.system.running, t.system.setAside]}
        rows=${backlog.map(({ kind, waiting, running, setAside }) => [named(kind), count(waiting), count(running), count(setAside)])}
      />
      <${Table}
        id="models"
        title=${t.system.models}
        empty=${t.system.none}
        rows=${models.map(({ name, version, provider, phantomOnly }) => [html`<span lang="en">${name} ${version}</span>`, [t.origin.on(provider), phantomOnly && t.origin.phantoms].filter(Boolean).join(', ')])}
      />
      <${SecondModel} shadows=${system.watch.shadows} />
      <${Facts} system=${system} />
      <${Scanners} scanners=${system.watch.scanners} />
      <${Table}
        id="refusals"
        title=${`${t.system.refusals}, ${t.system.since(moment(system.since))}`}
        empty=${t.system.none}
        rows=${system.refusals.map(({ code, count: times }) => [refusalWords(code), count(times)])}
      />
      <${Table}
        id="ineligible"
        title=${t.system.ineligible}
        empty=${t.system.none}
        rows=${system.ineligible.map(({ code, count: times }) => [(t.field.ineligible as Record<string, string>)[code] ?? code, count(times)])}
      />
    </div>
  </article>`;

  function refusalWords(code: string): string {
    if (code === 'association-refused') return t.system.associations;
    if (code === 'login-refused') return t.system.logins;
    return (t.field.faults as Record<string, string>)[code] ?? code;
  }
}

function Facts({ system }: { readonly system: SystemDocument }) {
  const { t, number, bytes } = useWords();
  const { disk, configuration, quarantined, archives, worklists, audit } = system;
  const { refused, needRestart } = configuration;
  const sum = quarantined.reduce((all, { count }) => all + count, 0);
  const isTight = disk.freeBytes < disk.neededBytes;
  const file =
    refused === undefined
      ? needRestart.length > 0
        ? t.system.restart(needRestart.join(', '))
        : t.system.asFile
      : `${t.system.refusedFile}: ${refused}`;
  const rows = [
    [t.system.disk, html`<span class=${isTight ? 'warning' : ''}>${t.system.free(bytes(disk.freeBytes))}</span>`],
    [t.system.quarantine, number(sum, 0)],
    [t.system.configuration, html`<span class=${refused === undefined ? '' : 'warning'}>${file}</span>`],
    [t.system.archives, archives.join(', ') || '–'],
    [t.system.worklists, worklists.join(', ') || '–'],
    [t.system.audit, audit ? html`<${Audited} audit=${audit} />` : t.system.noAudit],
  ];
  return html`<${Table} id="facts" title=${t.system.installation} empty=${t.system.none} rows=${rows} />`;
}

/** Where the audit log goes, and whether it gets there. */
function Audited({ audit }: { readonly audit: NonNullable<SystemDocument['audit']> }) {
  const { t, fault: why } = useWords();
  const { repository, told, waiting, lost, fault } = audit;
  const counts = [t.system.told(told), waiting > 0 && t.system.wait(waiting), lost > 0 && t.system.lost(lost)];
  const isWell = fault === undefined && lost === 0;
  return html`${repository}:${' '}<span class=${isWell ? '' : 'warning'}>${counts.filter(Boolean).join(', ')}</span
    >${' '} ${fault !== undefined && html`<small>${why(fault)}</small>`}`;
}
