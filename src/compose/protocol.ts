import { Identifying } from '#domain/identifying';
import type { DicomJson, Instance, InstanceFacts } from '#domain/instance';
import type { Composition } from '#src/ports';
import type { ComposerSettings } from './composer.ts';

/** Settings that a thread can be handed: the reports are the catalogue's. */
export type Handed = Omit<ComposerSettings, 'reports'>;

/** What a composing worker is asked. */
export interface Question {
  readonly settings: Handed;
  readonly composition: Disclosed;
}

/** A composition as threads hand it over: a copy keeps no class. */
export interface Disclosed extends Omit<Composition, 'sources'> {
  readonly sources: readonly {
    readonly path: string;
    readonly instance: Omit<Instance, 'facts'> & { readonly facts: Omit<InstanceFacts, 'attributes'> };
    readonly attributes: DicomJson;
  }[];
}

export function disclosed({ sources, ...rest }: Composition): Disclosed {
  return {
    ...rest,
    sources: sources.map(({ path, instance: { facts, ...instance } }) => {
      const { attributes, ...others } = facts;
      return { path, instance: { ...instance, facts: others }, attributes: attributes.disclose() };
    }),
  };
}

export function identified({ sources, ...rest }: Disclosed): Composition {
  return {
    ...rest,
    sources: sources.map(({ path, instance: { facts, ...instance }, attributes }) => ({
      path,
      instance: { ...instance, facts: { ...facts, attributes: new Identifying(attributes) } },
    })),
  };
}
