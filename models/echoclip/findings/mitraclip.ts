import { ourCode, sites } from '#models/echoclip/codes';
import { defineFinding } from '#models/echoclip/define-finding';

export default defineFinding({
  id: 'mitraclip',
  kind: 'presence',
  title: 'MitraClip',
  concept: ourCode('MITRACLIP', 'Mitral valve edge-to-edge repair clip'),
  site: sites.mitralValve,
  views: ['A4C'],
  sentences: [
    'A MitraClip is attached to the mitral leaflets.',
    'The mitral valve was repaired edge to edge with a clip.',
  ],
  denials: ['The mitral leaflets carry no clip.'],
});
