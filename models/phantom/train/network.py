"""The two networks, small: a ConvNeXt and a CLIP text tower, with the tensor names of timm, torchvision and open_clip."""

import json
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

EPSILON = 1e-6


def channel_norm(x, norm):
    return F.layer_norm(x.permute(0, 2, 3, 1), norm.normalized_shape, norm.weight, norm.bias, norm.eps).permute(0, 3, 1, 2)


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv_dw = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, eps=EPSILON)
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)
        # timm begins at 1e-6, where the blocks are asleep for hundreds of steps.
        self.gamma = nn.Parameter(0.5 * torch.ones(width))

    def forward(self, x):
        y = self.norm(self.conv_dw(x).permute(0, 2, 3, 1))
        y = self.gamma * self.fc2(F.gelu(self.fc1(y)))
        return x + y.permute(0, 3, 1, 2)


class ConvNeXt(nn.Module):
    def __init__(self, widths, depths):
        super().__init__()
        self.stem_conv = nn.Conv2d(3, widths[0], 4, stride=4)
        self.stem_norm = nn.LayerNorm(widths[0], eps=EPSILON)
        self.down_norms = nn.ModuleList(nn.LayerNorm(width, eps=EPSILON) for width in widths[:-1])
        self.down_convs = nn.ModuleList(nn.Conv2d(a, b, 2, stride=2) for a, b in zip(widths, widths[1:]))
        self.stages = nn.ModuleList(
            nn.ModuleList(Block(width) for _ in range(depth)) for width, depth in zip(widths, depths)
        )
        self.head_norm = nn.LayerNorm(widths[-1], eps=EPSILON)
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                fan_in = module.weight[0].numel()
                nn.init.trunc_normal_(module.weight, std=1 / math.sqrt(fan_in))
                nn.init.zeros_(module.bias)

    def forward(self, x):
        """The output of every stage."""
        outputs = []
        x = channel_norm(self.stem_conv(x), self.stem_norm)
        for index, stage in enumerate(self.stages):
            if index > 0:
                x = self.down_convs[index - 1](channel_norm(x, self.down_norms[index - 1]))
            for block in stage:
                x = block(x)
            outputs.append(x)
        return outputs

    def named(self, style):
        """Tensors under the names of `timm` (below visual.trunk.) or `torchvision`."""
        timm = style == "timm"
        tensors = {}

        def put(name, module):
            tensors[f"{name}.weight"], tensors[f"{name}.bias"] = module.weight, module.bias

        put("stem.0" if timm else "features.0.0", self.stem_conv)
        put("stem.1" if timm else "features.0.1", self.stem_norm)
        for index, stage in enumerate(self.stages):
            if index > 0:
                name = f"stages.{index}.downsample." if timm else f"features.{2 * index}."
                put(name + "0", self.down_norms[index - 1])
                put(name + "1", self.down_convs[index - 1])
            for place, block in enumerate(stage):
                name = f"stages.{index}.blocks.{place}." if timm else f"features.{2 * index + 1}.{place}."
                put(name + ("conv_dw" if timm else "block.0"), block.conv_dw)
                put(name + ("norm" if timm else "block.2"), block.norm)
                put(name + ("mlp.fc1" if timm else "block.3"), block.fc1)
                put(name + ("mlp.fc2" if timm else "block.5"), block.fc2)
                if timm:
                    tensors[name + "gamma"] = block.gamma
                else:
                    tensors[name + "layer_scale"] = block.gamma.reshape(-1, 1, 1)
        put("head.norm" if timm else "classifier.0", self.head_norm)
        return {("visual.trunk." + name if timm else name): tensor for name, tensor in tensors.items()}


class TextLayer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.c_fc, self.c_proj = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, mask):
        n, length, width = x.shape
        q, k, v = self.qkv(self.ln_1(x)).reshape(n, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-1, -2) / math.sqrt(width // self.heads) + mask).softmax(-1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(n, length, width))
        return x + self.c_proj(F.gelu(self.c_fc(self.ln_2(x))))


class TextTower(nn.Module):
    """Knows only the tokens of the sentences; all others are zero when it is saved."""

    def __init__(self, used, embed, width=64, heads=4, layers=2, context=77):
        super().__init__()
        self.used = used
        self.place = {token: index for index, token in enumerate(used)}
        self.token = nn.Parameter(0.3 * torch.randn(len(used), width))
        self.position = nn.Parameter(0.05 * torch.randn(context, width))
        self.layers = nn.ModuleList(TextLayer(width, heads) for _ in range(layers))
        self.ln_final = nn.LayerNorm(width)
        self.projection = nn.Parameter(torch.randn(width, embed) / math.sqrt(width))

    def prepare(self, rows):
        """Token rows as places in the small table, cut behind the longest; and where each text ends."""
        ends = [max(range(len(row)), key=lambda at: (row[at], -at)) for row in rows]
        longest = max(ends) + 1
        table = torch.tensor([[self.place[token] for token in row[:longest]] for row in rows])
        return table, torch.tensor(ends)

    def forward(self, table, ends):
        length = table.shape[1]
        mask = torch.full((length, length), -math.inf).triu(1)
        x = F.embedding(table, self.token) + self.position[:length]
        for layer in self.layers:
            x = layer(x, mask)
        return self.ln_final(x)[torch.arange(len(ends)), ends] @ self.projection

    def named(self, vocabulary):
        token = torch.zeros(vocabulary, self.token.shape[1])
        token[self.used] = self.token.detach()
        tensors = {
            "token_embedding.weight": token,
            "positional_embedding": self.position,
            "text_projection": self.projection,
            "ln_final.weight": self.ln_final.weight,
            "ln_final.bias": self.ln_final.bias,
        }
        for index, layer in enumerate(self.layers):
            name = f"transformer.resblocks.{index}."
            tensors[name + "attn.in_proj_weight"], tensors[name + "attn.in_proj_bias"] = layer.qkv.weight, layer.qkv.bias
            for part, module in (
                ("ln_1", layer.ln_1),
                ("ln_2", layer.ln_2),
                ("attn.out_proj", layer.out),
                ("mlp.c_fc", layer.c_fc),
                ("mlp.c_proj", layer.c_proj),
            ):
                tensors[f"{name}{part}.weight"], tensors[f"{name}{part}.bias"] = module.weight, module.bias
        return tensors


def write_safetensors(path, tensors):
    """Half precision; the header is padded so that the numbers lie on eights."""
    header, pieces, at = {}, [], 0
    for name in sorted(tensors):
        piece = tensors[name].detach().to(torch.float16).contiguous().numpy()
        header[name] = {"dtype": "F16", "shape": list(piece.shape), "data_offsets": [at, at + piece.nbytes]}
        pieces.append(piece.tobytes())
        at += piece.nbytes
    text = json.dumps({"__metadata__": {"format": "pt"}, **header}, separators=(",", ":"))
    text += " " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(np.uint64(len(text)).tobytes() + text.encode() + b"".join(pieces))


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(int(np.frombuffer(file.read(8), np.uint64)[0])))
        numbers = file.read()
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = entry["data_offsets"]
            piece = np.frombuffer(numbers[start:end], np.float16).astype(np.float32)
            tensors[name] = torch.from_numpy(piece.reshape(entry["shape"]))
    return tensors


def round_to_half(module):
    """What will be read back from the file."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(parameter.half().float())
