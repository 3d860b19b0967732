"""Learns thresholds and intervals on phantoms that training never saw, and measures on others.

Usage: calibrate.py SENTENCES.json WEIGHTS_FOLDER CALIBRATION_FRAMES TEST_FRAMES
"""

import hashlib
import json
import math
import sys

import numpy as np
import torch

from data import Frames
from network import read_safetensors
from score import answers, area_under_curve
from train_clip import GRADES, MEAN, STD, Model, truth_of

LEVEL = 0.9
# Phantoms have no study dates; those of the demonstration stand for them.
DAY = "2026-01-05"


def load(path, findings, used):
    model = Model(findings, used)
    model.load_named(read_safetensors(path))
    return model.to(memory_format=torch.channels_last)


def best_threshold(positive, negative):
    """Where sensitivity and specificity together are highest: midway between the neighbouring similarities."""
    values = np.sort(np.unique(np.concatenate([positive, negative])))
    middles = (values[1:] + values[:-1]) / 2
    gains = [(np.array(positive) >= one).mean() + (np.array(negative) < one).mean() for one in middles]
    best = np.flatnonzero(np.isclose(gains, np.max(gains)))
    return float(middles[best[len(best) // 2]])


def interval(errors, level):
    """Conformal: the error that a new case stays under with the given certainty."""
    ordered = np.sort(errors)
    place = min(len(ordered) - 1, math.ceil((len(ordered) + 1) * level) - 1)
    return max(0.0, float(ordered[place]))


def calibrate(finding, rows):
    if finding["kind"] == "measurement":
        truths, guesses = np.array(rows).T
        scale, offset = np.polyfit(guesses, truths, 1)
        errors = truths - (scale * guesses + offset)
        margins = {"below": interval(-errors, (1 + LEVEL) / 2), "above": interval(errors, (1 + LEVEL) / 2), "level": LEVEL}
        return {"kind": "measurement", "scale": float(scale), "offset": float(offset), "interval": margins}
    if finding["kind"] == "presence":
        return {"kind": "presence", "threshold": best_threshold(*split(rows, 0, lambda t: t == 1, lambda t: t == 0))}
    thresholds = {
        grade: best_threshold(*split(rows, place, lambda t, p=place: t == p, lambda t, p=place: t < p))
        for place, grade in enumerate(GRADES)
        if place > 0
    }
    return {"kind": "grade", "thresholds": thresholds}


def split(rows, column, positive, negative):
    return [s[column] for t, s in rows if positive(t)], [s[column] for t, s in rows if negative(t)]


def measure(finding, calibrated, rows):
    def said(value):
        return {"value": round(float(value), 3)}

    if finding["kind"] == "measurement":
        truths, guesses = np.array(rows).T
        errors = calibrated["scale"] * guesses + calibrated["offset"] - truths
        margins = calibrated["interval"]
        covered = (errors <= margins["below"]) & (-errors <= margins["above"])
        return {"MAE": said(np.abs(errors).mean()), "bias": said(errors.mean()), "coverage": said(covered.mean())}
    if finding["kind"] == "presence":
        positive, negative = split(rows, 0, lambda t: t == 1, lambda t: t == 0)
        threshold = calibrated["threshold"]
        return {
            "AUC": said(area_under_curve(positive, negative)),
            "sensitivity": said((np.array(positive) >= threshold).mean()),
            "specificity": said((np.array(negative) < threshold).mean()),
        }
    reached = [
        max([0] + [place for place, grade in enumerate(GRADES) if place > 0 and s[place] >= calibrated["thresholds"][grade]])
        for _, s in rows
    ]
    return {
        "AUC severe": said(area_under_curve(*split(rows, 3, lambda t: t == 3, lambda t: t != 3))),
        "accuracy": said(np.mean([one == t for one, (t, _) in zip(reached, rows)])),
    }


def rounded(value):
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    return round(value, 5) if isinstance(value, float) else value


def main(sentences, weights, calibration_folder, test_folder):
    torch.set_num_threads(1)
    findings = json.load(open(sentences))["findings"]
    used = sorted({token for f in findings for one in f["prompts"] + f["denials"] for token in one["ids"]})
    checkpoint = f"{weights}/open_clip_model.safetensors"
    model = load(checkpoint, findings, used)
    known, unseen = (
        answers(model, findings, Frames([folder]), (MEAN, STD), truth_of) for folder in (calibration_folder, test_folder)
    )
    result = {}
    for finding in findings:
        calibrated = calibrate(finding, known[finding["id"]])
        result[finding["id"]] = rounded({**calibrated, "measured": measure(finding, calibrated, unseen[finding["id"]])})
        print(finding["id"], json.dumps(result[finding["id"]]["measured"]), flush=True)
    document = {
        "origin": "phantoms, not patients",
        "cases": len(next(iter(known.values()))),
        "from": DAY,
        "to": DAY,
        "createdOn": DAY,
        "checkpoint": hashlib.sha256(open(checkpoint, "rb").read()).hexdigest(),
        "findings": result,
    }
    with open(f"{weights}/calibration.json", "w") as file:
        file.write(json.dumps(document, indent=2) + "\n")


main(*sys.argv[1:])
