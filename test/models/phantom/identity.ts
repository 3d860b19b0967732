/** Whose and which a phantom's file says it is, in tests that do not care. */
export const identity = {
  patientName: 'PHANTOM^DEMO',
  patientId: 'P',
  studyInstance: '2.25.1',
  seriesInstance: '2.25.2',
  sopInstance: '2.25.3',
  accessionNumber: '',
  instanceNumber: 1,
  studyStartedAt: 0,
  acquiredAt: 0,
};
