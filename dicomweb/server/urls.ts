import type { InstanceFacts } from '#domain/instance';

type Place = Pick<InstanceFacts, 'study' | 'series' | 'sopInstance'>;

/** Addresses of what the service holds (PS3.18 section 10.1). */
export interface Urls {
  study(study: string): string;
  series(place: Pick<Place, 'study' | 'series'>): string;
  instance(place: Place): string;
}

export function urlsBelow(service: string): Urls {
  const study = (uid: string) => `${service}/studies/${uid}`;
  const series = (place: Pick<Place, 'study' | 'series'>) => `${study(place.study)}/series/${place.series}`;
  return { study, series, instance: (place) => `${series(place)}/instances/${place.sopInstance}` };
}
