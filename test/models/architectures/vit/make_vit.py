"""Makes the vectors in this folder with open_clip's own transformers (3.3.0; PyTorch 1.13) and seeded random weights.

Run as: python3 make_vit.py FOLDER, with open_clip_torch installed. torchvision is stood in for: nothing of it is used.
"""
import json
import os
import sys
import types

import numpy
import torch

for name in ("torchvision", "torchvision.ops", "torchvision.ops.misc"):
    sys.modules.setdefault(name, types.ModuleType(name))
sys.modules["torchvision.ops.misc"].FrozenBatchNorm2d = torch.nn.BatchNorm2d
from importlib.util import find_spec

package = types.ModuleType("open_clip")
package.__path__ = list(find_spec("open_clip").submodule_search_locations)
sys.modules["open_clip"] = package
from open_clip.transformer import QuickGELU, TextTransformer, VisionTransformer


def make(folder: str, quick: bool) -> None:
    torch.manual_seed(5 if quick else 4)
    activation = QuickGELU if quick else torch.nn.GELU
    image = VisionTransformer(
        image_size=16, patch_size=4, width=12, layers=2, heads=2, mlp_ratio=4.0, output_dim=6, act_layer=activation
    )
    text = TextTransformer(
        context_length=8, vocab_size=20, width=8, heads=2, layers=1, output_dim=6, act_layer=activation
    )
    with torch.no_grad():
        for tower in (image, text):
            for tensor in tower.parameters():
                spread = 0.1 if tensor.dim() < 2 else tensor[0].numel() ** -0.5
                tensor.add_(torch.randn_like(tensor) * spread)
            tower.eval()
    state = {f"visual.{name}": tensor for name, tensor in image.state_dict().items()}
    state.update({name: tensor for name, tensor in text.state_dict().items() if name != "attn_mask"})
    state["logit_scale"] = torch.tensor(2.6593)
    pixels = torch.randn(2, 3, 16, 16, requires_grad=True)
    ids = torch.randint(1, 18, (2, 8))
    ids[:, 5] = 19
    ids[0, 7] = 19
    embedding, sentence = image(pixels), text(ids)
    target = sentence / sentence.norm(dim=-1, keepdim=True)
    cosine = (embedding / embedding.norm(dim=-1, keepdim=True) * target).sum(-1)
    (gradient,) = torch.autograd.grad(cosine.sum(), pixels)
    os.makedirs(folder, exist_ok=True)
    torch.save(state, f"{folder}/open_clip_pytorch_model.bin")
    vision = {"image_size": 16, "layers": 2, "width": 12, "head_width": 6, "patch_size": 4}
    words = {"context_length": 8, "vocab_size": 20, "width": 8, "heads": 2, "layers": 1}
    model = {"embed_dim": 6, "quick_gelu": quick, "vision_cfg": vision, "text_cfg": words}
    with open(f"{folder}/open_clip_config.json", "w") as file:
        json.dump({"model_cfg": model}, file, indent=1)
    arrays = dict(
        images=pixels, tokens=ids, image_embed=embedding, text_embed=sentence, target=target, cosine=cosine, grad=gradient
    )
    for name, array in arrays.items():
        numpy.save(f"{folder}/{name}.npy", array.detach().numpy())


for name, quick in (("gelu", False), ("quick-gelu", True)):
    make(os.path.join(sys.argv[1], name), quick)
