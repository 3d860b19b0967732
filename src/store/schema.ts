// The tables of the embedded store, as the first release made them and as later ones added to them.

/** Who the patient is, in a data set as JSON: Patient ID, its issuer, birth date. Null where there is no ID. */
export function patientIn(json: string): string {
  const value = (tag: string) => `json_extract(${json}, '$.${tag}.Value[0]')`;
  return `nullif(${value('00100020')}, '') || '\\' || coalesce(${value('00100021')}, '') || '\\' || coalesce(${value('00100030')}, '')`;
}

/** Study Date and Time, in a data set as JSON. */
export function momentIn(json: string): string {
  const value = (tag: string) => `coalesce(json_extract(${json}, '$.${tag}.Value[0]'), '')`;
  return `${value('00080020')} || ${value('00080030')}`;
}

export const schema = `
create table if not exists instances (
  sop_instance text primary key,
  study text not null,
  series text not null,
  modality text not null,
  study_date text not null,
  role text not null,
  file text not null,
  bytes integer not null,
  sha256 text not null,
  received_at integer not null,
  origin text,
  facts text not null,
  attributes text not null
) strict, without rowid;
create index if not exists instances_by_study on instances (study, role, received_at);
create index if not exists instances_by_series on instances (series, received_at);
create index if not exists instances_by_date on instances (study_date, study);
create table if not exists studies (
  study text primary key,
  first_arrival_at integer not null,
  last_arrival_at integer not null,
  instances integer not null,
  state text not null
) strict, without rowid;
create index if not exists studies_by_arrival on studies (last_arrival_at desc);
create table if not exists assessments (
  study text not null,
  revision integer not null,
  assessment text not null,
  primary key (study, revision)
) strict, without rowid;
create table if not exists documents (
  sop_instance text primary key,
  study text not null,
  revision integer not null,
  document text not null
) strict, without rowid;
create index if not exists documents_by_study on documents (study, revision);
create table if not exists deliveries (
  document text not null,
  destination text not null,
  state text not null,
  attempts integer not null,
  fault text,
  at integer not null,
  primary key (document, destination)
) strict, without rowid;
create table if not exists jobs (
  id integer primary key,
  kind text not null,
  key text not null,
  job text not null,
  state text not null,
  priority integer not null,
  run_at integer not null,
  attempts integer not null,
  leased_until integer not null,
  fault text
) strict;
create unique index if not exists jobs_waiting on jobs (key) where state = 'waiting';
create index if not exists jobs_due on jobs (state, kind, priority, run_at);
create table if not exists checkpoints (name text primary key, value text not null) strict, without rowid;
`;

/** What later releases added to it: entry n brings a database of version n + 1 to version n + 2. Nothing here is ever changed. */
export const additions = [
  'alter table deliveries add column proof text;',
  // Triage: how urgent a study is, who sends it and how, whose it is, what a look at each clip brought.
  `alter table studies add column triage text;
  alter table studies add column expected integer;
  alter table studies add column sender text;
  alter table studies add column longest_gap integer not null default 0;
  alter table studies add column patient text;
  alter table studies add column studied_at text not null default '';
  update studies set (patient, studied_at) = (
    select ${patientIn('attributes')}, ${momentIn('attributes')} from instances
    where instances.study = studies.study and role = 'source' limit 1);
  create index studies_by_patient on studies (patient, studied_at) where patient is not null;
  create index studies_by_sender on studies (sender, last_arrival_at);
  alter table jobs add column study text;
  update jobs set study = json_extract(job, '$.study');
  create index jobs_of_study on jobs (study, state);
  update assessments set assessment = json_set(assessment, '$.stage', 'settled');
  create table looks (
    sop_instance text primary key,
    study text not null,
    look text not null
  ) strict, without rowid;
  create index looks_of_study on looks (study);`,
  // The reader's worklist: what is undecided and urgent stands first; decisions are kept.
  `alter table studies add column decided text;
  alter table studies add column urgency integer generated always as
    (case triage ->> '$.priority' when 'HIGH' then 0 when 'LOW' then 2 else 1 end) virtual;
  create index studies_to_read on studies (decided is not null, urgency, last_arrival_at desc);
  create index studies_standing on studies (decided is not null, urgency, state ->> '$.kind');
  create table decisions (
    document text primary key,
    study text not null,
    at integer not null,
    decision text not null
  ) strict, without rowid;
  create index decisions_of_study on decisions (study, at);
  create index deliveries_standing on deliveries (destination, state);`,
  // The worklist by UPS-RS: steps, and who is told of them. A step that was forgotten leaves its UID.
  `create table workitems (
    uid text primary key,
    state text not null,
    urgency integer not null,
    transaction_uid text,
    study text,
    revision integer,
    attempt integer,
    attributes text,
    created_at integer not null,
    changed_at integer not null
  ) strict, without rowid;
  create index workitems_by_urgency on workitems (urgency, created_at, uid) where attributes is not null;
  create index workitems_by_state on workitems (state, urgency, created_at, uid) where attributes is not null;
  create index workitems_of_study on workitems (study, revision, attempt) where study is not null;
  create index workitems_ended on workitems (changed_at) where attributes is not null and state in ('COMPLETED', 'CANCELED');
  create table workitem_subscribers (
    workitem text not null,
    ae text not null,
    deletion_lock integer not null,
    primary key (workitem, ae)
  ) strict, without rowid;
  create index subscribers_by_ae on workitem_subscribers (ae);
  create table worklist_subscriptions (
    ae text not null,
    filter text not null,
    deletion_lock integer not null,
    primary key (ae, filter)
  ) strict, without rowid;`,
  // Watching itself: what each study looked like to the model, and what a second model said of it.
  `create table sightings (
    study text primary key,
    scanner text not null,
    site text not null,
    model text not null,
    at integer not null,
    sighting text not null
  ) strict, without rowid;
  create index sightings_by_scanner on sightings (scanner, site, model, at);
  create table shadows (
    study text not null,
    revision integer not null,
    second text not null,
    at integer not null,
    shadow text not null,
    primary key (study, revision, second)
  ) strict, without rowid;
  create index shadows_by_time on shadows (at desc);`,
] as const;

export const schemaVersion = 1 + additions.length;
