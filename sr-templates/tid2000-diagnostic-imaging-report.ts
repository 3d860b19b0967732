import type { Code } from '#domain/code';
import { names, titles, type Heading, type ReportElement } from './codes.ts';
import { code, contains, hasConceptMod, text, ofTemplate } from './content-item.ts';
import type { ContainerItem, OfTemplate } from './content-item.ts';
import { observationContext } from './tid1001-observation-context.ts';
import type { DeviceObserver } from './tid1004-device-observer.ts';
import { language } from './tid1204-language.ts';

export type DiagnosticImagingReport = OfTemplate<'2000', ContainerItem>;

/** A heading of CID 7001 and its paragraphs, each a TEXT of CID 7002. */
export interface Section {
  readonly heading: Heading;
  readonly element: ReportElement;
  readonly paragraphs: readonly [string, ...string[]];
}

/** TID 2000 Basic Diagnostic Imaging Report, whose sections are TID 2002. */
export function tid2000(content: {
  readonly observer: DeviceObserver;
  readonly procedure: Code;
  readonly sections: readonly [Section, ...Section[]];
}): DiagnosticImagingReport {
  return ofTemplate<'2000', ContainerItem>({
    valueType: 'CONTAINER',
    name: titles.diagnosticImagingReport,
    template: '2000',
    children: [
      hasConceptMod(code(names.procedureReported, content.procedure)),
      language(),
      ...observationContext(content.observer),
      ...content.sections.map((section) => contains(sectionContainer(section))),
    ],
  });
}

function sectionContainer({ heading, element, paragraphs }: Section): ContainerItem {
  return {
    valueType: 'CONTAINER',
    name: heading,
    children: paragraphs.map((paragraph) => contains(text(element, paragraph))),
  };
}
