import { defineFinding } from '#models/echoclip/define-finding';
import { fractionBelow } from '#models/echoclip/ejection-fraction';

export default defineFinding(fractionBelow(30));
