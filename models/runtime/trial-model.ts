import { GraphBuilder, type FloatType } from '#models/onnx/graph';
import { writeModel } from '#models/onnx/write-model';

/** The smallest graph that shows whether a provider computes: a 2 x 2 matrix `x` times itself is `y`, in the numbers that models will be run in. */
export async function trialModel(type: FloatType = 'float32'): Promise<Uint8Array> {
  const builder = new GraphBuilder('trial', type);
  const x = builder.enter(builder.input('x', 'float32', [2, 2]));
  builder.output('y', builder.leave(builder.node('MatMul', [x, x])), { shape: [2, 2] });
  const pieces: Uint8Array[] = [];
  await writeModel(builder.build(), { name: 'apical', version: '' }, async (bytes) => void pieces.push(bytes));
  return Uint8Array.from(Buffer.concat(pieces));
}
