import { XMLParser, XMLValidator } from 'fast-xml-parser';

// The schema of PS3.15 section A.5.1, as far as we use it: elements in their order, their attributes (! is required).
const coded = { attributes: ['csd-code!', 'codeSystemName!', 'originalText!'], elements: [] } as const;
const schema: Readonly<Record<string, { attributes: readonly string[]; elements: readonly string[] }>> = {
  AuditMessage: {
    attributes: [],
    elements: [
      'EventIdentification',
      'ActiveParticipant',
      'AuditSourceIdentification',
      'ParticipantObjectIdentification',
    ],
  },
  EventIdentification: {
    attributes: ['EventActionCode', 'EventDateTime!', 'EventOutcomeIndicator!'],
    elements: ['EventID', 'EventTypeCode'],
  },
  EventID: coded,
  EventTypeCode: coded,
  ActiveParticipant: {
    attributes: [
      'UserID!',
      'AlternativeUserID',
      'UserIsRequestor!',
      'NetworkAccessPointID',
      'NetworkAccessPointTypeCode',
    ],
    elements: ['RoleIDCode', 'MediaIdentifier'],
  },
  RoleIDCode: coded,
  MediaIdentifier: { attributes: [], elements: ['MediaType'] },
  MediaType: coded,
  AuditSourceIdentification: { attributes: ['AuditEnterpriseSiteID', 'AuditSourceID!'], elements: [] },
  ParticipantObjectIdentification: {
    attributes: ['ParticipantObjectID!', 'ParticipantObjectTypeCode!', 'ParticipantObjectTypeCodeRole'],
    elements: [
      'ParticipantObjectIDTypeCode',
      'ParticipantObjectName',
      'ParticipantObjectQuery',
      'ParticipantObjectDetail',
      'ParticipantObjectDescription',
    ],
  },
  ParticipantObjectIDTypeCode: coded,
  ParticipantObjectName: { attributes: [], elements: [] },
  ParticipantObjectQuery: { attributes: [], elements: [] },
  ParticipantObjectDetail: { attributes: ['type!', 'value!'], elements: [] },
  ParticipantObjectDescription: { attributes: [], elements: ['Accession', 'SOPClass'] },
  Accession: { attributes: ['Number!'], elements: [] },
  SOPClass: { attributes: ['UID!', 'NumberOfInstances!'], elements: [] },
};

/** What an audit message is made of, in its own order. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  readonly text: string;
}

type Parsed = Readonly<Record<string, unknown>>;

/** Reads an audit message. Throws where it is no well-formed XML. */
export function read(xml: string): Element {
  const verdict = XMLValidator.validate(xml);
  if (verdict !== true) throw new Error(verdict.err.msg);
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    trimValues: false,
  });
  const nodes = parser.parse(xml) as readonly Parsed[];
  return elementOf(nodes.find((node) => 'AuditMessage' in node)!);
}

function elementOf(node: Parsed): Element {
  const name = Object.keys(node).find((key) => key !== ':@')!;
  const children = node[name] as readonly Parsed[];
  return {
    name,
    attributes: (node[':@'] ?? {}) as Record<string, string>,
    children: children.filter((child) => !('#text' in child)).map(elementOf),
    text: children.map((child) => ('#text' in child ? String(child['#text']) : '')).join(''),
  };
}

/** What an element breaks of the schema. */
export function faultsOf({ name, attributes, children }: Element): readonly string[] {
  const rule = schema[name];
  if (!rule) return [`${name} is unknown`];
  const known = rule.attributes.map((attribute) => attribute.replace('!', ''));
  const order = children.map((child) => rule.elements.indexOf(child.name));
  return [
    ...Object.keys(attributes).flatMap((given) => (known.includes(given) ? [] : [`${name} has ${given}`])),
    ...rule.attributes.flatMap((wanted) =>
      wanted.endsWith('!') && !attributes[wanted.slice(0, -1)] ? [`${name} lacks ${wanted}`] : [],
    ),
    ...children.flatMap((child, index) =>
      order[index] === -1 || (index > 0 && order[index]! < order[index - 1]!) ? [`${child.name} is misplaced`] : [],
    ),
    ...children.flatMap(faultsOf),
  ];
}

/** All elements of a name. */
export function all(element: Element, name: string): readonly Element[] {
  return element.children.flatMap((child) => (child.name === name ? [child] : []));
}
