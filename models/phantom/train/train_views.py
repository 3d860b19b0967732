"""Trains the view classifier, and goes on from what lies in OUT_FOLDER.

Usage: train_views.py OUT_FOLDER MINUTES TEST_FOLDER FRAMES_OF_ALL_VIEWS FRAMES_OF_A4C
One picture in five comes from the last folder: nothing is asked of other views, so that one must be known best.
"""

import json
import math
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from data import Frames, pixels, vary
from network import ConvNeXt, read_safetensors, round_to_half, write_safetensors

CLASSES = [
    "A2C", "A3C", "A4C", "A5C", "Apical_Doppler", "Doppler_Parasternal_Long", "Doppler_Parasternal_Short",
    "Parasternal_Long", "Parasternal_Short", "SSN", "Subcostal",
]  # fmt: skip
# EchoPrime's, of pixels from 0 to 255 in the order blue, green, red.
MEAN, STD = [29.110628, 28.076836, 29.096405], [47.989223, 46.456997, 47.20083]
SCALED = ([value / 255 for value in MEAN], [value / 255 for value in STD])
WIDTHS, DEPTHS = [16, 32, 64, 96], [0, 1, 1, 1]


def varied(frames, random):
    shifted, gain, offset = vary(frames, random)
    return pixels(shifted, *SCALED, gain, offset)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = ConvNeXt(WIDTHS, DEPTHS)
        self.head = nn.Linear(WIDTHS[-1], len(CLASSES))

    def forward(self, x):
        return self.head(self.trunk.head_norm(self.trunk(x)[-1].mean((2, 3))))


    def load_named(self, tensors):
        own = {**self.trunk.named("torchvision"), "classifier.2.weight": self.head.weight, "classifier.2.bias": self.head.bias}
        with torch.no_grad():
            for name, tensor in own.items():
                tensor.copy_(tensors[name])


def labels(truths):
    return torch.tensor([CLASSES.index(truth["view"]) for truth in truths])


def evaluate(model, test):
    model.eval()
    right, scores = [], []
    with torch.no_grad():
        for start in range(0, len(test), 64):
            frames, _, truths = test.batch(range(start, min(start + 64, len(test))))
            softmax = model(pixels(frames, *SCALED)).softmax(-1)
            right += (softmax.argmax(-1) == labels(truths)).tolist()
            scores += softmax.max(-1).values.tolist()
    model.train()
    return float(np.mean(right)), float(np.mean(np.array(scores) > 0.5))


def main(out, minutes, test_folder, all_views, four_chamber):
    torch.manual_seed(1)
    torch.set_num_threads(1)
    random = np.random.default_rng(1)
    train, more, test = Frames([all_views]), Frames([four_chamber]), Frames([test_folder])
    model, rate_max = Classifier(), 3e-3
    if os.path.exists(f"{out}/view_classifier.safetensors"):
        model.load_named(read_safetensors(f"{out}/view_classifier.safetensors"))
        rate_max = 1.5e-3
    model = model.to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(model.parameters(), lr=0, weight_decay=0.05)
    started, budget, step, said = time.time(), 60 * float(minutes), 0, 0
    while (share := (time.time() - started) / budget) < 1:
        rate = rate_max * min(1, (step + 1) / 60) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * share)))
        for group in optimiser.param_groups:
            group["lr"] = rate
        frames, _, truths = train.batch(random.integers(0, len(train), 26))
        others, _, other_truths = more.batch(random.integers(0, len(more), 6))
        frames, truths = np.concatenate([frames, others]), truths + other_truths
        loss = F.cross_entropy(model(varied(frames, random)), labels(truths), label_smoothing=0.02)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 2)
        optimiser.step()
        step += 1
        if time.time() - said > 30:
            said = time.time()
            print(f"{said - started:.0f} s, step {step}, loss {loss.item():.3f}", flush=True)
    round_to_half(model)
    accuracy, sure = evaluate(model, test)
    print(f"{step} steps; accuracy of single frames {accuracy:.4f}, scores above one half {sure:.4f}", flush=True)
    os.makedirs(out, exist_ok=True)
    head = {"classifier.2.weight": model.head.weight, "classifier.2.bias": model.head.bias}
    write_safetensors(f"{out}/view_classifier.safetensors", {**model.trunk.named("torchvision"), **head})
    with open(f"{out}/config.json", "w") as file:
        json.dump({"classes": CLASSES, "size": 224, "mean": MEAN, "std": STD, "inputScale": 255}, file, indent=2)


if __name__ == "__main__":
    main(*sys.argv[1:])
