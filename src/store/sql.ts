// Every statement of the embedded store. A test plans each and sees an index used.

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
export const additions = ['alter table deliveries add column proof text;'] as const;

export const schemaVersion = 1 + additions.length;

export const sql = {
  insertInstance: `insert into instances
    (sop_instance, study, series, modality, study_date, role, file, bytes, sha256, received_at, origin, facts, attributes)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
    on conflict (sop_instance) do nothing`,
  instance: `select * from instances where sop_instance = ?1`,
  instancesOfStudy: `select * from instances where study = ?1 and role = ?2 order by received_at, sop_instance`,

  arriveStudy: `insert into studies (study, first_arrival_at, last_arrival_at, instances, state) values (?1, ?2, ?2, 1, ?3)
    on conflict (study) do update set last_arrival_at = excluded.last_arrival_at, instances = instances + 1`,
  study: `select * from studies where study = ?1`,
  studies: `select * from studies order by last_arrival_at desc limit ?1 offset ?2`,
  setStudyState: `update studies set state = ?2 where study = ?1`,

  putAssessment: `insert into assessments (study, revision, assessment) values (?1, ?2, ?3)
    on conflict (study, revision) do update set assessment = excluded.assessment`,
  assessment: `select assessment from assessments where study = ?1 and revision = ?2`,
  lastAssessment: `select assessment from assessments where study = ?1 order by revision desc limit 1`,

  putDocument: `insert into documents (sop_instance, study, revision, document) values (?1, ?2, ?3, ?4)
    on conflict (sop_instance) do update set document = excluded.document`,
  document: `select document from documents where sop_instance = ?1`,
  documentsOfStudy: `select document from documents where study = ?1 order by revision, sop_instance`,

  putDelivery: `insert into deliveries (document, destination, state, attempts, fault, at, proof)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict (document, destination) do update
    set state = excluded.state, attempts = excluded.attempts, fault = excluded.fault, at = excluded.at, proof = excluded.proof`,
  deliveriesOfStudy: `select deliveries.* from documents
    join deliveries on deliveries.document = documents.sop_instance where documents.study = ?1`,

  putJob: `insert into jobs (kind, key, job, state, priority, run_at, attempts, leased_until) values (?1, ?2, ?3, 'waiting', ?4, ?5, 0, 0)
    on conflict (key) where state = 'waiting' do update
    set run_at = max(run_at, excluded.run_at), priority = min(priority, excluded.priority)`,
  nextJob: `select id from jobs where state = 'waiting' and kind = ?1 and run_at <= ?2 order by priority, run_at limit 1`,
  lease: `update jobs set state = 'running', attempts = attempts + 1, leased_until = ?2 where id = ?1 returning *`,
  renew: `update jobs set leased_until = ?2 where id = ?1 and state = 'running'`,
  leasedJob: `select id from jobs where id = ?1 and state = 'running' and attempts = ?2`,
  endJob: `delete from jobs where id = ?1`,
  twinOf: `select id from jobs where key = ?1 and state = 'waiting'`,
  waitAgain: `update jobs set state = 'waiting', run_at = ?2, attempts = attempts - ?3, fault = ?4 where id = ?1`,
  setAside: `update jobs set state = 'set-aside', fault = ?2 where id = ?1`,
  dropSetAside: `delete from jobs where state = 'set-aside' and kind = ?1 and key = ?2`,
  endExpiredTwins: `delete from jobs where state = 'running' and leased_until < ?1
    and exists (select 1 from jobs as twin where twin.key = jobs.key and twin.state = 'waiting')`,
  releaseExpired: `update jobs set state = 'waiting' where state = 'running' and leased_until < ?1`,
  backlog: `select kind, state, count(*) as count from jobs group by state, kind`,

  checkpoint: `select value from checkpoints where name = ?1`,
  putCheckpoint: `insert into checkpoints (name, value) values (?1, ?2) on conflict (name) do update set value = excluded.value`,
} as const;
