import { GraphBuilder } from '#models/onnx/graph';
import { writeModel } from '#models/onnx/write-model';

/** The smallest graph that shows whether a provider computes: a 2 x 2 matrix `x` times itself is `y`. */
export async function trialModel(): Promise<Uint8Array> {
  const builder = new GraphBuilder('trial', 'float32');
  const x = builder.input('x', 'float32', [2, 2]);
  builder.output('y', builder.node('MatMul', [x, x]), { shape: [2, 2] });
  const pieces: Uint8Array[] = [];
  await writeModel(builder.build(), { name: 'apical', version: '' }, async (bytes) => void pieces.push(bytes));
  return Uint8Array.from(Buffer.concat(pieces));
}
