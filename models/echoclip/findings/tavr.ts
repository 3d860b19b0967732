import { ourCode, sites } from '#models/echoclip/codes';
import { defineFinding } from '#models/echoclip/define-finding';

export default defineFinding({
  id: 'tavr',
  kind: 'presence',
  title: 'Transcatheter aortic valve',
  concept: ourCode('TAVR-VALVE', 'Transcatheter aortic valve prosthesis'),
  site: sites.aorticValve,
  views: ['A4C'],
  sentences: ['A transcatheter aortic valve is in place.', 'A TAVR prosthesis is seen in the aortic position.'],
  denials: ['The aortic valve is native.'],
});
