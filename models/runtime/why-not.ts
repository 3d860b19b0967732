import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Why a provider cannot be had, and what to do about it, from what ONNX Runtime says. */
export function whyNot(provider: string, said: string): string {
  switch (provider) {
    case 'cuda':
      return whyNotNvidia({ said, library: 'cuda', needs: "NVIDIA's driver, CUDA and cuDNN" });
    case 'tensorrt':
      return whyNotNvidia({ said, library: 'tensorrt', needs: "NVIDIA's driver, CUDA, cuDNN and TensorRT" });
    case 'webgpu':
      return whyNotWebGpu(said);
    default:
      return said;
  }
}

interface Nvidia {
  readonly said: string;
  readonly library: 'cuda' | 'tensorrt';
  readonly needs: string;
}

function whyNotNvidia({ said, library, needs }: Nvidia): string {
  if (/no CUDA-capable device|driver version is insufficient|CUDA failure (?:35|100)\b/i.test(said))
    return `no NVIDIA GPU answers (${said}): see that nvidia-smi lists one here, and that this process may use it`;
  if (!/shared library|cannot open shared object|LoadLibrary/i.test(said)) return said;
  const file = `libonnxruntime_providers_${library}.so`;
  if (process.platform === 'linux' && !existsSync(join(binariesFolder(), file))) {
    return `${file} is not installed: run "node node_modules/onnxruntime-node/script/install.js" where the agent is installed, and install ${needs}`;
  }
  return `the libraries that it needs cannot be loaded: install ${needs}; "ldd" on ${file} says which are missing`;
}

function whyNotWebGpu(said: string): string {
  if (/adapter/i.test(said))
    return 'no GPU is found: install its Vulkan driver and libvulkan1, and see that "vulkaninfo --summary" lists it';
  if (/requires f16/i.test(said)) return 'the GPU cannot compute in half precision: set models.precision to fp32';
  return said;
}

/** Where ONNX Runtime looks for the libraries of providers: beside its own. */
function binariesFolder(): string {
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node');
  return join(dirname(entry), '..', 'bin', 'napi-v6', process.platform, process.arch);
}
