import type { DicomJson, Instance } from '#domain/instance';

/** All attributes of an instance but its pixel data, which stand at an address of their own (PS3.18 section 10.4.1.1.2). */
export function metadataOf(instance: Instance, instanceUrl: string): DicomJson {
  const { attributes, image, transferSyntax } = instance.facts;
  const vr = (image?.bitsAllocated ?? 8) > 8 ? 'OW' : 'OB';
  return {
    ...addressed(attributes.disclose(), instanceUrl),
    '00080005': { vr: 'CS', Value: ['ISO_IR 192'] }, // JSON is Unicode (PS3.18 section F.2)
    '00083002': { vr: 'UI', Value: [transferSyntax] }, // Available Transfer Syntax UID: what frames come in
    ...(image && { '7FE00010': { vr, BulkDataURI: `${instanceUrl}/bulkdata` } }),
  };
}

/** Bulk data are named relative to the instance. */
function addressed(dataset: DicomJson, instanceUrl: string): DicomJson {
  const entries = Object.entries(dataset).map(([tag, element]) => {
    const { BulkDataURI: uri } = element;
    return [tag, uri === undefined ? element : { ...element, BulkDataURI: `${instanceUrl}/${uri}` }] as const;
  });
  return Object.fromEntries(entries);
}
