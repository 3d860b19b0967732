import { ourCode, sites } from '#models/echoclip/codes';
import { defineFinding } from '#models/echoclip/define-finding';

export default defineFinding({
  id: 'impella',
  kind: 'presence',
  title: 'Impella',
  concept: ourCode('IMPELLA', 'Impella ventricular assist device'),
  site: sites.leftVentricle,
  views: ['A4C'],
  sentences: [
    'An Impella catheter crosses the aortic valve into the left ventricle.',
    'An Impella device supports the left ventricle.',
  ],
  denials: ['No ventricular assist device is seen.'],
});
