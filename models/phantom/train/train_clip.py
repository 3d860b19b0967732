"""Trains the small EchoCLIP, and goes on from what lies in OUT_FOLDER.

Usage: train_clip.py SENTENCES.json OUT_FOLDER MINUTES TEST_FOLDER TRAINING_FOLDER...
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
from network import ConvNeXt, TextTower, read_safetensors, round_to_half, write_safetensors
from score import score

MEAN, STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
WIDTHS, DEPTHS, EMBED = [16, 32, 64, 128], [0, 1, 2, 1], 64
GRADES = ["normal", "mild", "moderate", "severe"]
EFFUSIONS = ["none", "small", "moderate", "large"]
BELOW = "left-ventricular-ejection-fraction-below-"
# Which mask shows a finding, and how rare its cells are.
MASK_OF = {"pericardial-effusion": 5, "pacemaker-lead": 6, "mitraclip": 7, "tavr": 8, "impella": 9}
MASK_WEIGHTS = torch.tensor([1, 1, 1, 1, 1, 2, 6, 30, 20, 8.0])


def truth_of(finding, truth):
    """The number, the place of the grade, or 1 for present."""
    heart, grades = truth["heart"], truth["grades"]
    if finding.startswith(BELOW):
        return int(heart["ejectionFraction"] < int(finding[len(BELOW) :]))
    return {
        "left-ventricular-ejection-fraction": lambda: heart["ejectionFraction"],
        "pulmonary-artery-pressure": lambda: heart["pulmonaryArteryPressure"],
        "left-ventricular-dilation": lambda: GRADES.index(grades["leftVentricle"]),
        "right-ventricular-dilation": lambda: GRADES.index(grades["rightVentricle"]),
        "left-atrial-dilation": lambda: GRADES.index(grades["leftAtrium"]),
        "right-atrial-dilation": lambda: GRADES.index(grades["rightAtrium"]),
        "left-ventricular-hypertrophy": lambda: GRADES.index(grades["hypertrophy"]),
        "pericardial-effusion": lambda: int(grades["effusion"] != "none"),
        "pericardial-effusion-size": lambda: EFFUSIONS.index(grades["effusion"]),
        "cardiac-tamponade": lambda: int(heart["hasTamponade"]),
        "pacemaker-lead": lambda: int(heart["hasPacemakerLead"]),
        "mitraclip": lambda: int(heart["hasMitraClip"]),
        "tavr": lambda: int(heart["hasAorticProsthesis"]),
        "impella": lambda: int(heart["hasImpella"]),
    }[finding]()


def numbers_of(truths):
    """What a linear layer is to read off the features as well, scaled to about one."""
    rows = []
    for truth in truths:
        heart = truth["heart"]
        rows.append([
            heart["ejectionFraction"] / 20, truth["leftVentricleVolume"] / 60, heart["endDiastolicVolume"] / 50,
            heart["sphericity"] / 0.05, heart["wallThickness"] / 0.4, heart["rightVentricleWidth"],
            heart["leftAtriumRadius"] / 0.6, heart["rightAtriumRadius"] / 0.6, heart["effusionWidth"] / 0.7,
        ])  # fmt: skip
    return torch.tensor(rows)


def varied(frames, random):
    shifted, gain, offset = vary(frames, random)
    return pixels(shifted, MEAN, STD, gain, offset)


class Model(nn.Module):
    def __init__(self, findings, used):
        super().__init__()
        self.trunk = ConvNeXt(WIDTHS, DEPTHS)
        self.projection = nn.Linear(WIDTHS[-1], EMBED, bias=False)
        self.text = TextTower(used, EMBED)
        count = len(findings)
        self.scale = nn.Parameter(torch.full((count,), math.log(15.0)))
        self.steepness = nn.Parameter(torch.full((count,), math.log(12.0)))
        self.threshold = nn.Parameter(torch.full((count,), 0.15))
        self.cam_scale = nn.Parameter(torch.tensor(2.0))
        # Only for training: they make the trunk see where things are and how large.
        self.numbers = nn.Linear(WIDTHS[-1], 9)
        self.presence = nn.Linear(WIDTHS[-1], sum(finding["kind"] == "presence" for finding in findings))
        self.dense = nn.ModuleList([nn.Conv2d(WIDTHS[2], len(MASK_WEIGHTS), 1), nn.Conv2d(WIDTHS[3], len(MASK_WEIGHTS), 1)])

    def image(self, x):
        stages = self.trunk(x)
        features = self.trunk.head_norm(stages[-1].mean((2, 3)))
        return stages, features, self.projection(features)

    def cam(self, stage, direction):
        """Grad-CAM of the last stage for a direction of the embedding, in closed form, up to a factor."""
        norm = self.trunk.head_norm
        pooled = stage.mean((2, 3))
        centred = pooled - pooled.mean(-1, keepdim=True)
        deviation = (centred.square().mean(-1, keepdim=True) + norm.eps).sqrt()
        unit = centred / deviation
        gradient = (direction @ self.projection.weight) * norm.weight
        gradient = gradient - gradient.mean(-1, keepdim=True) - unit * (gradient * unit).mean(-1, keepdim=True)
        return (stage * (gradient / deviation)[:, :, None, None]).sum(1)

    def named(self, vocabulary):
        return {
            **self.trunk.named("timm"),
            "visual.head.proj.weight": self.projection.weight,
            **self.text.named(vocabulary),
            "logit_scale": self.scale.mean(),
        }

    def load_named(self, tensors):
        """Takes what a file holds; what only training needs stays as it is."""
        vocabulary = tensors["token_embedding.weight"].shape[0]
        with torch.no_grad():
            for name, tensor in self.named(vocabulary).items():
                if name not in ("token_embedding.weight", "logit_scale"):
                    tensor.copy_(tensors[name])
            self.text.token.copy_(tensors["token_embedding.weight"][self.text.used])


class Prompts:
    """The sentences of all findings; of those with a number every fifth is used in a step."""

    def __init__(self, findings, text):
        self.findings = findings
        rows, self.slices = [], []
        for finding in findings:
            own = [prompt["ids"] for prompt in finding["prompts"]] + [denial["ids"] for denial in finding["denials"]]
            self.slices.append((len(rows), len(rows) + len(own)))
            rows += own
        self.table, self.ends = text.prepare(rows)

    def choose(self, random):
        chosen = []
        for finding, (start, end) in zip(self.findings, self.slices):
            step = 5 if finding["kind"] == "measurement" else 1
            chosen.append(np.arange(start + (random.integers(step) if step > 1 else 0), end, step))
        return chosen


def losses(model, prompts, random, batch):
    frames, masks, truths = batch
    stages, features, embedding = model.image(varied(frames, random))
    image = F.normalize(embedding, dim=-1)
    chosen = prompts.choose(random)
    flat = torch.from_numpy(np.concatenate(chosen))
    text = F.normalize(model.text(prompts.table[flat], prompts.ends[flat]), dim=-1)
    parts, at = {}, 0
    for place, (finding, rows) in enumerate(zip(prompts.findings, chosen)):
        own = text[at : at + len(rows)]
        at += len(rows)
        start = prompts.slices[place][0]
        similarity = image @ own.T
        truth = torch.tensor([float(truth_of(finding["id"], one)) for one in truths])
        if finding["kind"] == "measurement":
            stated = torch.tensor([float(finding["prompts"][row - start]["states"]) for row in rows])
            target = (-((stated - truth[:, None]) ** 2) / (2 * 4.0**2)).softmax(-1)
        else:
            count = len(finding["prompts"])
            if finding["kind"] == "grade":
                states = torch.tensor([float(prompt["states"]) for prompt in finding["prompts"]])
                target = (states == truth[:, None]).float()
            else:
                states = torch.tensor([1.0] * count + [0.0] * len(finding["denials"]))
                target = (states == truth[:, None]).float()
            spread = model.steepness[place].exp() * (similarity[:, :count] - model.threshold[place])
            parts[f"{finding['id']} column"] = F.binary_cross_entropy_with_logits(spread, target[:, :count])
            target = target / target.sum(-1, keepdim=True)
        logits = model.scale[place].exp().clamp(max=100) * similarity
        row_loss = -(target * logits.log_softmax(-1)).sum(-1).mean()
        parts[finding["id"]] = row_loss
        if finding["id"] in MASK_OF and truth.sum() > 0:
            mask = F.avg_pool2d(masks[:, MASK_OF[finding["id"]]][:, None], 2)[:, 0].flatten(1)
            seen = (mask.sum(-1) > 0.02) & (truth > 0)
            if seen.any():
                direction = own[: len(finding["prompts"])].mean(0) - own[len(finding["prompts"]) :].mean(0)
                cam = model.cam_scale * model.cam(stages[-1][seen], direction[None]).flatten(1)
                where = mask[seen] / mask[seen].sum(-1, keepdim=True)
                parts[f"{finding['id']} cam"] = -(where * cam.log_softmax(-1)).sum(-1).mean()
    weights = MASK_WEIGHTS[:, None, None]
    parts["dense 14"] = F.binary_cross_entropy_with_logits(model.dense[0](stages[2]), masks, pos_weight=weights)
    small = F.max_pool2d(masks, 2)
    parts["dense 7"] = F.binary_cross_entropy_with_logits(model.dense[1](stages[3]), small, pos_weight=weights)
    parts["numbers"] = F.smooth_l1_loss(model.numbers(features), numbers_of(truths))
    flags = [(finding["id"]) for finding in prompts.findings if finding["kind"] == "presence"]
    is_there = torch.tensor([[float(truth_of(flag, one)) for flag in flags] for one in truths])
    parts["presence"] = F.binary_cross_entropy_with_logits(model.presence(features), is_there)
    return parts


def weight_of(name):
    if name == "left-ventricular-ejection-fraction":
        return 0.6
    if name.endswith(" cam"):
        return 0.05
    if name.startswith("tavr"):
        return 1.5
    if name.endswith(" column"):
        return 0.5
    return {"dense 14": 1.0, "dense 7": 1.0, "numbers": 1.0, "presence": 1.0, "pulmonary-artery-pressure": 0.15}.get(name, 0.3)


def save(model, findings, vocabulary, out, test):
    """Writes the averaged weights as they will be read, and measures them so."""
    round_to_half(model)
    os.makedirs(out, exist_ok=True)
    write_safetensors(f"{out}/open_clip_model.safetensors", model.named(vocabulary))
    text = {"context_length": 77, "vocab_size": vocabulary, "width": 64, "heads": 4, "layers": 2}
    vision = {
        "timm_model_name": "convnext_atto", "timm_model_pretrained": False, "timm_pool": "", "timm_proj": "linear",
        "timm_drop": 0.0, "timm_drop_path": 0.0, "image_size": 224,
    }  # fmt: skip
    # Not one of timm's own sizes: read width and depth off the tensors.
    phantom = {"depths": DEPTHS, "dims": WIDTHS}
    config = {
        "model_cfg": {"embed_dim": EMBED, "vision_cfg": vision, "text_cfg": text},
        "preprocess_cfg": {"mean": MEAN, "std": STD},
        "_phantom": phantom,
    }
    with open(f"{out}/open_clip_config.json", "w") as file:
        json.dump(config, file, indent=2)
    test.look_again()
    if len(test) == 0:
        return
    report = score(model, findings, test, (MEAN, STD), truth_of)
    print(json.dumps(report), flush=True)


def main(sentences, out, minutes, test_folder, *folders):
    torch.manual_seed(1)
    torch.set_num_threads(1)
    random = np.random.default_rng(1)
    read = json.load(open(sentences))
    findings, vocabulary = read["findings"], read["vocabularySize"]
    rows = [one["ids"] for finding in findings for one in finding["prompts"] + finding["denials"]]
    used = sorted({token for row in rows for token in row})
    train, test = Frames(list(folders)), Frames([test_folder])
    model, rate_max = Model(findings, used), 3e-3
    if os.path.exists(f"{out}/open_clip_model.safetensors"):
        model.load_named(read_safetensors(f"{out}/open_clip_model.safetensors"))
        rate_max = 1.5e-3
    model = model.to(memory_format=torch.channels_last)
    average = Model(findings, used)
    average.load_state_dict(model.state_dict())
    prompts = Prompts(findings, model.text)
    optimiser = torch.optim.AdamW(model.parameters(), lr=0, betas=(0.9, 0.98), weight_decay=0.05)
    started, budget, step, said, saved = time.time(), 60 * float(minutes), 0, 0, time.time()
    means = {}
    while (share := (time.time() - started) / budget) < 1:
        rate = rate_max * min(1, (step + 1) / 60) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share)))
        for group in optimiser.param_groups:
            group["lr"] = rate
        parts = losses(model, prompts, random, train.batch(random.integers(0, len(train), 32)))
        loss = sum(weight_of(name) * part for name, part in parts.items())
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 2)
        optimiser.step()
        step += 1
        keep = min(0.998, step / (step + 20))
        with torch.no_grad():
            for mean, value in zip(average.parameters(), model.parameters()):
                mean.lerp_(value, 1 - keep)
        for name, part in parts.items():
            means[name] = 0.97 * means.get(name, part.item()) + 0.03 * part.item()
        if time.time() - said > 60:
            said = time.time()
            train.look_again()
            shown = " ".join(f"{name}={value:.2f}" for name, value in means.items())
            print(f"{said - started:.0f} s, step {step}, {len(train)} frames: {shown}", flush=True)
        if time.time() - saved > 240:
            saved = time.time()
            kept = {name: value.clone() for name, value in average.state_dict().items()}
            save(average, findings, vocabulary, out, test)
            average.load_state_dict(kept)
    save(average, findings, vocabulary, out, test)


if __name__ == "__main__":
    main(*sys.argv[1:])
