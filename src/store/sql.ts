import { momentIn, patientIn } from './schema.ts';

// Every statement of the embedded store. A test plans each and sees an index used.

/** A study, its size, and what holds it in the archive. */
const ageing = `select study, last_arrival_at,
    (select coalesce(sum(bytes), 0) from instances where instances.study = studies.study) as bytes,
    case when state ->> '$.kind' <> 'assessed' or exists (select 1 from jobs where jobs.study = studies.study)
      then 'unfinished'
    when not exists (select 1 from documents where documents.study = studies.study)
      or exists (select 1 from documents where documents.study = studies.study and not exists
        (select 1 from deliveries where deliveries.document = documents.sop_instance and proof is not null))
      then 'unproven'
    when exists (select 1 from instances where instances.study = studies.study and role = 'source'
      and coalesce(origin ->> '$.kind', '') <> 'poll')
      then 'pushed'
    end as hold from studies`;

export const sql = {
  insertInstance: `insert into instances
    (sop_instance, study, series, modality, study_date, role, file, bytes, sha256, received_at, origin, facts, attributes)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
    on conflict (sop_instance) do nothing`,
  restoreInstance: `update instances set file = ?2, bytes = ?3, sha256 = ?4, facts = ?5, attributes = ?6 where sop_instance = ?1`,
  instance: `select * from instances where sop_instance = ?1`,
  instancesOfStudy: `select * from instances where study = ?1 and role = ?2 order by received_at, sop_instance`,

  arriveStudy: `insert into studies
    (study, first_arrival_at, last_arrival_at, instances, state, sender, expected, triage, patient, studied_at)
    values (?1, ?2, ?2, 1, ?3, ?4, ?5, ?6, ${patientIn('?7')}, ${momentIn('?7')})
    on conflict (study) do update set
    longest_gap = max(longest_gap, excluded.last_arrival_at - last_arrival_at),
    last_arrival_at = excluded.last_arrival_at, instances = instances + 1, expected = coalesce(excluded.expected, expected)`,
  study: `select * from studies where study = ?1`,
  studies: `select * from studies order by last_arrival_at desc limit ?1 offset ?2`,
  studiesToRead: `select * from studies
    where (?1 is null or urgency = ?1) and (?2 is null or state ->> '$.kind' = ?2)
    and (?3 is null or (decided is not null) = ?3) and (?4 is null or instr(?4, '"' || study || '"') > 0)
    order by decided is not null, urgency, last_arrival_at desc limit ?5 offset ?6`,
  studiesStanding: `select decided is not null as decided, urgency, state ->> '$.kind' as state, count(*) as count
    from studies group by decided is not null, urgency, state ->> '$.kind'`,
  setDecided: `update studies set decided = ?2 where study = ?1`,
  gapsOfSender: `select longest_gap from studies where sender = ?1 and study <> ?2 order by last_arrival_at desc limit ?3`,
  setTriage: `update studies set triage = ?2 where study = ?1`,
  setStudyState: `update studies set state = ?2 where study = ?1`,

  putAssessment: `insert into assessments (study, revision, assessment) values (?1, ?2, ?3)
    on conflict (study, revision) do update set assessment = excluded.assessment`,
  assessment: `select assessment from assessments where study = ?1 and revision = ?2`,
  lastAssessment: `select assessment from assessments where study = ?1 order by revision desc limit 1`,

  priorAssessment: `select assessments.assessment from studies as present
    join studies as prior on prior.patient = present.patient and prior.studied_at < present.studied_at
    join assessments on assessments.study = prior.study and assessments.revision > 0
    where present.study = ?1 order by prior.studied_at desc, assessments.revision desc limit 1`,

  putDecision: `insert into decisions (document, study, at, decision) values (?1, ?2, ?3, ?4) on conflict (document) do nothing`,
  decisionsOfStudy: `select decision from decisions where study = ?1 order by at`,

  putLook: `insert into looks (sop_instance, study, look) values (?1, ?2, ?3)
    on conflict (sop_instance) do update set look = excluded.look`,
  looksOfStudy: `select look from looks where study = ?1`,

  putDocument: `insert into documents (sop_instance, study, revision, document) values (?1, ?2, ?3, ?4)
    on conflict (sop_instance) do update set document = excluded.document`,
  document: `select document from documents where sop_instance = ?1`,
  documentsOfStudy: `select document from documents where study = ?1 order by revision, sop_instance`,

  putDelivery: `insert into deliveries (document, destination, state, attempts, fault, at, proof)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict (document, destination) do update
    set state = excluded.state, attempts = excluded.attempts, fault = excluded.fault, at = excluded.at, proof = excluded.proof`,
  deliveriesByState: `select destination, state, count(*) as count from deliveries group by destination, state`,
  deliveriesOfStudy: `select deliveries.* from documents
    join deliveries on deliveries.document = documents.sop_instance where documents.study = ?1`,

  putJob: `insert into jobs (kind, key, job, state, priority, run_at, attempts, leased_until, study)
    values (?1, ?2, ?3, 'waiting', ?4, ?5, 0, 0, json_extract(?3, '$.study'))
    on conflict (key) where state = 'waiting' do update
    set run_at = excluded.run_at, priority = min(priority, excluded.priority)`,
  waitingOfStudy: `select id, kind from jobs where study = ?1 and state = 'waiting'`,
  rank: `update jobs set priority = ?2 where id = ?1`,
  // A job that was queued again while it runs waits for itself: else what it was told first could be done last.
  // Of one destination two deliveries at a time: one that hangs does not keep the others from theirs.
  nextJob: `select id, priority from jobs where state = 'waiting' and kind = ?1 and run_at <= ?2
    and (kind <> 'write-back' or (select count(*) from jobs as other where other.state = 'running'
      and other.kind = 'write-back' and other.job ->> 'destination' = jobs.job ->> 'destination') < 2)
    and not exists (select 1 from jobs as twin where twin.state = 'running' and twin.kind = ?1 and twin.key = jobs.key)
    order by priority, run_at limit 1`,
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
  setAsideJobs: `select * from jobs where state = 'set-aside' order by kind, priority, run_at limit ?1`,
  backlog: `select kind, state, count(*) as count from jobs group by state, kind`,

  bytesKept: `select coalesce(sum(bytes), 0) as bytes from instances`,
  ageingStudies: `${ageing} where last_arrival_at >= ?1 and (last_arrival_at > ?1 or study < ?2)
    order by last_arrival_at, study desc limit ?3`,
  ageingStudy: `${ageing} where study = ?1`,
  filesOfStudy: `select file from instances where study = ?1`,
  purgeInstances: `delete from instances where study = ?1`,
  purgeLooks: `delete from looks where study = ?1`,
  purgeDecisions: `delete from decisions where study = ?1`,
  purgeSteps: `update workitems set attributes = null, transaction_uid = null where study = ?1 and study is not null`,
  purgeStudy: `delete from studies where study = ?1`,

  putSighting: `insert into sightings (study, scanner, site, model, at, sighting) values (?1, ?2, ?3, ?4, ?5, ?6)
    on conflict (study) do update set scanner = excluded.scanner, site = excluded.site, model = excluded.model,
    at = excluded.at, sighting = excluded.sighting`,
  scanners: `select scanner, site, model, count(*) as studies, max(at) as lastAt from sightings
    group by scanner, site, model order by max(at) desc limit ?1`,
  firstSightings: `select sighting from sightings where scanner = ?1 and site = ?2 and model = ?3 order by at limit ?4`,
  lastSightings: `select sighting from sightings where scanner = ?1 and site = ?2 and model = ?3 order by at desc limit ?4`,
  putShadow: `insert into shadows (study, revision, second, at, shadow) values (?1, ?2, ?3, ?4, ?5)
    on conflict (study, revision, second) do update set at = excluded.at, shadow = excluded.shadow`,
  lastShadows: `select shadow from shadows order by at desc limit ?1`,

  checkpoint: `select value from checkpoints where name = ?1`,
  putCheckpoint: `insert into checkpoints (name, value) values (?1, ?2) on conflict (name) do update set value = excluded.value`,
} as const;
