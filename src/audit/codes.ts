import type { Code } from '#domain/code';

const dcm = (value: string, meaning: string): Code => ({ value, scheme: 'DCM', meaning });

/** What happened: context group 400, Audit Event ID (PS3.16). */
export const eventIds = {
  applicationActivity: dcm('110100', 'Application Activity'),
  instancesTransferred: dcm('110104', 'DICOM Instances Transferred'),
  studyDeleted: dcm('110105', 'DICOM Study Deleted'),
  dataExport: dcm('110106', 'Export'),
  query: dcm('110112', 'Query'),
  securityAlert: dcm('110113', 'Security Alert'),
  userAuthentication: dcm('110114', 'User Authentication'),
} as const;

/** And more closely: context group 401, Audit Event Type Code. */
export const eventTypes = {
  applicationStart: dcm('110120', 'Application Start'),
  applicationStop: dcm('110121', 'Application Stop'),
  login: dcm('110122', 'Login'),
  nodeAuthentication: dcm('110126', 'Node Authentication'),
  softwareConfiguration: dcm('110131', 'Software Configuration'),
} as const;

/** Who took part as what: context group 402, Audit Active Participant Role ID Code. */
export const roles = {
  application: dcm('110150', 'Application'),
  destination: dcm('110152', 'Destination Role ID'),
  source: dcm('110153', 'Source Role ID'),
  destinationMedia: dcm('110154', 'Destination Media'),
} as const;

/** What kind of identifier names an object: context group 404, and RFC 3881 section 5.5.4. */
export const identifierTypes = {
  study: dcm('110180', 'Study Instance UID'),
  sopClass: dcm('110181', 'SOP Class UID'),
  node: dcm('110182', 'Node ID'),
  patient: { value: '2', scheme: 'RFC-3881', meaning: 'Patient Number' },
} as const;

/** What kind of medium: context group 405, Media Type Code. */
export const mediaTypes = {
  uri: dcm('110037', 'URI'),
} as const;
