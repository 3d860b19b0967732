"""Frames of phantoms from the folders that frames.ts writes, read where they lie on the disk."""

import json
import os

import numpy as np
import torch

SIZE = 224


class Frames:
    def __init__(self, folders):
        self.folders, self.frames, self.masks, self.truths, self.starts = [], [], [], [], []
        self.wanted = folders
        self.look_again()

    def look_again(self):
        """Folders may appear while training runs; those that are complete are taken."""
        for folder in self.wanted:
            if folder in self.folders or not os.path.exists(f"{folder}/truth.json"):
                continue
            self.folders.append(folder)
            self.frames.append(np.load(f"{folder}/frames.npy", mmap_mode="r"))
            self.masks.append(np.load(f"{folder}/masks.npy"))
            self.starts.append(len(self.truths))
            self.truths += json.load(open(f"{folder}/truth.json"))["truths"]

    def __len__(self):
        return len(self.truths)

    def batch(self, indices):
        frames = np.empty((len(indices), SIZE, SIZE, 3), np.uint8)
        masks = np.empty((len(indices),) + self.masks[0].shape[1:], np.uint8)
        for row, index in enumerate(indices):
            shard = int(np.searchsorted(self.starts, index, "right")) - 1
            frames[row] = self.frames[shard][index - self.starts[shard]]
            masks[row] = self.masks[shard][index - self.starts[shard]]
        return frames, torch.from_numpy(masks).float() / 255, [self.truths[index] for index in indices]


def pixels(frames, mean, std, gain=None, offset=None):
    """As the agent does it: blue, green, red; 0 to 1; normalised. Channels last in memory, several times faster here."""
    x = torch.from_numpy(np.ascontiguousarray(frames[..., ::-1])).float()
    if gain is not None:
        x = (x * gain + offset * (x > 3)).clamp_(0, 255)
    x = x.mul_(1 / 255).sub_(torch.tensor(mean)).div_(torch.tensor(std))
    return x.permute(0, 3, 1, 2)


def vary(frames, random):
    """Another gain and contrast, and a shift of a few pixels: a quarter of a cell of the masks at most."""
    n = len(frames)
    shifted = np.empty_like(frames)
    for row in range(n):
        shifted[row] = np.roll(frames[row], random.integers(-4, 5, 2), (0, 1))
    gain = torch.from_numpy(random.uniform(0.8, 1.2, (n, 1, 1, 1))).float()
    offset = torch.from_numpy(random.uniform(-12, 12, (n, 1, 1, 1))).float()
    return shifted, gain, offset
