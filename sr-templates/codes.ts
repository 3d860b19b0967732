import type { Code } from '#domain/code';
import { omissions, type Omission } from '#domain/finding';
import type { View } from '#domain/view';

// Every code that our reports use, once. The number above a table is its context group (CID) in PS3.16.

const dcm = (value: string, meaning: string): Code => ({ value, scheme: 'DCM', meaning });
const sct = (value: string, meaning: string): Code => ({ value, scheme: 'SCT', meaning });
const ln = (value: string, meaning: string): Code => ({ value, scheme: 'LN', meaning });

/** Our own codes, where no published system has one. */
export const privateScheme = { designator: '99APICAL', name: 'Apical echo AI agent', organisation: 'Apical' } as const;
const own = (value: string, meaning: string): Code => ({ value, scheme: privateScheme.designator, meaning });

/** CID 7000, 7010 and 7021. */
export const titles = {
  measurementReport: dcm('126000', 'Imaging Measurement Report'),
  diagnosticImagingReport: ln('18748-4', 'Diagnostic Imaging Report'),
  ofInterest: dcm('113000', 'Of Interest'),
  adultEcho: dcm('125200', 'Adult Echocardiography Procedure Report'),
} as const;

/** Concept names of TID 1001 to 1004, 1204, 1500, 1600. */
export const names = {
  language: dcm('121049', 'Language of Content Item and Descendants'),
  observerType: dcm('121005', 'Observer Type'),
  personObserverName: dcm('121008', 'Person Observer Name'),
  deviceUid: dcm('121012', 'Device Observer UID'),
  deviceName: dcm('121013', 'Device Observer Name'),
  deviceManufacturer: dcm('121014', 'Device Observer Manufacturer'),
  deviceModel: dcm('121015', 'Device Observer Model Name'),
  procedureReported: dcm('121058', 'Procedure reported'),
  imageLibrary: dcm('111028', 'Image Library'),
  imageLibraryGroup: dcm('126200', 'Image Library Group'),
  modality: dcm('121139', 'Modality'),
  targetRegion: dcm('123014', 'Target Region'),
  imageView: dcm('111031', 'Image View'),
  imagingMeasurements: dcm('126010', 'Imaging Measurements'),
  qualitativeEvaluations: { value: 'C0034375', scheme: 'UMLS', meaning: 'Qualitative Evaluations' },
  runSummary: dcm('111017', 'CAD Processing and Findings Summary'),
  keyObjectDescription: dcm('113012', 'Key Object Description'),
  statement: own('statement', 'Statement on use'),
} as const satisfies Record<string, Code>;

/** Concept names of TID 1410, 1419, 310, 4019. */
export const groupNames = {
  group: dcm('125007', 'Measurement Group'),
  trackingIdentifier: dcm('112039', 'Tracking Identifier'),
  trackingUid: dcm('112040', 'Tracking Unique Identifier'),
  finding: dcm('121071', 'Finding'),
  findingSite: sct('363698007', 'Finding Site'),
  method: sct('370129005', 'Measurement Method'),
  imageRegion: dcm('111030', 'Image Region'),
  sourceOfMeasurement: dcm('121112', 'Source of Measurement'),
  visualExplanation: dcm('130401', 'Visual explanation'),
  algorithmFamily: dcm('111000', 'Algorithm Family'),
  algorithmName: dcm('111001', 'Algorithm Name'),
  algorithmParameters: dcm('111002', 'Algorithm Parameters'),
  algorithmVersion: dcm('111003', 'Algorithm Version'),
  similarity: own('similarity', 'Cosine similarity (no probability)'),
  threshold: own('threshold', 'Cosine similarity from which it holds'),
  askedAbout: own('asked-about', 'Finding asked about'),
  intervalLevel: own('interval-level', 'Coverage that the interval aims at'),
} as const satisfies Record<string, Code>;

/** Concept names of TID 5300 and 5302. */
export const echoNames = {
  postCoordinated: dcm('125302', 'Post-coordinated Measurements'),
  measurementType: dcm('125306', 'Measurement Type'),
  observationType: dcm('125305', 'Finding Observation Type'),
  measuredProperty: dcm('125307', 'Measured Property'),
  imageMode: sct('399264008', 'Image Mode'),
  shortLabel: dcm('125309', 'Short Label'),
} as const satisfies Record<string, Code>;

/** CID 12302. */
export const observationTypes = {
  behaviour: dcm('125312', 'Behavior of the Finding Site'),
  hemodynamic: sct('44324008', 'Hemodynamic Measurements'),
} as const;

/** CID 12304. */
export const measuredProperties = {
  ejectionFraction: sct('70822001', 'Cardiac Ejection Fraction'),
  bloodPressure: sct('75367002', 'Blood Pressure'),
} as const;

/** CID 42. */
export const unmeasured = {
  notAttempted: dcm('114007', 'Measurement not attempted'),
  failed: dcm('114006', 'Measurement failure'),
} as const;

/** CID 225. */
export const uncertainty = {
  lower: sct('371885007', '-, range of lower measurement uncertainty'),
  upper: sct('371886008', '+, range of upper measurement uncertainty'),
} as const;

/** What messages say beside the concepts of the report. */
export const messageNames = {
  study: dcm('113014', 'DICOM Study'),
  interval: own('interval', 'Interval of the value'),
} as const satisfies Record<string, Code>;

/** CID 227. */
export const statistics = {
  percentileRanking: dcm('121415', 'Percentile Ranking of measurement'),
} as const;

/** CID 7001. */
export const headings = {
  summary: dcm('121111', 'Summary'),
  findings: dcm('121070', 'Findings'),
  procedure: dcm('121064', 'Current Procedure Descriptions'),
} as const;
export type Heading = (typeof headings)[keyof typeof headings];

/** CID 7002. */
export const elements = {
  summary: dcm('121111', 'Summary'),
  finding: dcm('121071', 'Finding'),
  procedure: dcm('121065', 'Procedure Description'),
} as const;
export type ReportElement = (typeof elements)[keyof typeof elements];

/** CID 6047. */
export const runStatus = {
  succeeded: dcm('111242', 'All algorithms succeeded; with findings'),
  nothingFound: dcm('111241', 'All algorithms succeeded; without findings'),
  partlySucceeded: dcm('111243', 'Not all algorithms succeeded; with findings'),
  failed: dcm('111245', 'No algorithms succeeded; without findings'),
} as const;

/** Single values: CID 270, 29, 4031, 12001, 5000, 7162 (algorithm family), 7005, 7202, 12303, 12224. */
export const values = {
  device: dcm('121007', 'Device'),
  person: dcm('121006', 'Person'),
  ultrasound: dcm('US', 'Ultrasound'),
  heart: sct('80891009', 'Heart'),
  echocardiography: sct('40701008', 'Echocardiography'),
  english: { value: 'en', scheme: 'RFC5646', meaning: 'English' },
  artificialIntelligence: dcm('123110', 'Artificial Intelligence'),
  processingEquipment: dcm('109102', 'Processing Equipment'),
  sourceImage: dcm('121322', 'Source image for image processing operation'),
  lossyCompression: dcm('113040', 'Lossy Compression'),
  calculated: dcm('125315', 'Calculated'),
  twoDimensional: sct('399064001', '2D mode'),
  zeroShot: own('zero-shot', 'Zero-shot comparison of images with sentences'),
  noUnits: { value: '1', scheme: 'UCUM', meaning: 'no units' },
  percent: { value: '%', scheme: 'UCUM', meaning: 'percent' },
} as const satisfies Record<string, Code>;

/** CID 7150, 217 and 7203. */
export const segmentation = {
  category: sct('309825002', 'Spatial and Relational Concept'),
  type: dcm('130401', 'Visual explanation'),
  derivation: dcm('113076', 'Segmentation'),
} as const;

/** The code of a measurement as our algorithm makes it: no receiver takes it for the measurement of a person. */
export const byAlgorithm = ({ value, meaning }: Code): Code => own(`${value}-AI`, `${meaning}, estimated by AI`);

/** Why a finding was not assessed, as a value: no published system says it. */
export const notAssessed: Readonly<Record<Omission, Code>> = {
  'no-suitable-view': own('no-suitable-view', `Not assessed: ${omissions['no-suitable-view']}`),
  'no-eligible-clip': own('no-eligible-clip', `Not assessed: ${omissions['no-eligible-clip']}`),
  'model-failed': own('model-failed', `Not assessed: ${omissions['model-failed']}`),
};

/** CID 12226, for the views that it has without further choice of level. */
export const viewCodes: Readonly<Partial<Record<View, Code>>> = {
  A4C: sct('399214001', 'Apical four chamber'),
  A2C: sct('399232001', 'Apical two chamber'),
  A3C: sct('399339008', 'Apical long axis'),
  PLAX: sct('399139001', 'Parasternal long axis'),
  SSN: sct('399106004', 'Suprasternal notch'),
};
