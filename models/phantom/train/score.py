"""How well a model answers on phantoms it never saw: as the agent asks, clip by clip."""

import numpy as np
import torch
import torch.nn.functional as F

from data import pixels


def area_under_curve(positive, negative):
    if len(positive) == 0 or len(negative) == 0:
        return None
    wins = np.array(positive)[:, None] - np.array(negative)[None]
    return float(((wins > 0) + 0.5 * (wins == 0)).mean())


def estimate(similarities, stated):
    """The number that the most similar fifth of the candidates agrees on, as published with EchoCLIP."""
    order = np.argsort(-similarities, axis=1, kind="stable")
    ranked = stated[order].mean(0)[: max(1, len(stated) // 5)]
    return float(np.sort(ranked)[(len(ranked) - 1) // 2])


def embeddings(model, findings, test, normalisation):
    model.eval()
    images, texts = [], []
    with torch.no_grad():
        for start in range(0, len(test), 64):
            frames, _, _ = test.batch(range(start, min(start + 64, len(test))))
            images.append(F.normalize(model.image(pixels(frames, *normalisation))[2], dim=-1))
        for finding in findings:
            rows = [prompt["ids"] for prompt in finding["prompts"]]
            texts.append(F.normalize(model.text(*model.text.prepare(rows)), dim=-1).numpy())
    model.train()
    return torch.cat(images).numpy(), texts


def answers(model, findings, test, normalisation, truth_of):
    """For each finding the clips' truths and what is measured or how similar each sentence is."""
    images, texts = embeddings(model, findings, test, normalisation)
    clips = {}
    for index, truth in enumerate(test.truths):
        clips.setdefault(truth["clip"], []).append(index)
    result = {}
    for finding, text in zip(findings, texts):
        stated = np.array([float(prompt["states"]) for prompt in finding["prompts"]])
        rows = []
        for indices in clips.values():
            similarities = images[indices] @ text.T
            truth = truth_of(finding["id"], test.truths[indices[0]])
            if finding["kind"] == "measurement":
                rows.append((truth, estimate(similarities, stated)))
            else:
                means = similarities.mean(0)
                rows.append((truth, [float(means[stated == state].mean()) for state in np.unique(stated)]))
        result[finding["id"]] = rows
    return result


def score(model, findings, test, normalisation, truth_of):
    report = {}
    found = answers(model, findings, test, normalisation, truth_of)
    for finding in findings:
        rows = found[finding["id"]]
        if finding["kind"] == "measurement":
            errors = np.array([guess - truth for truth, guess in rows])
            report[finding["id"]] = {
                "meanAbsoluteError": round(float(np.abs(errors).mean()), 2),
                "bias": round(float(errors.mean()), 2),
                "correlation": round(float(np.corrcoef(np.array(rows).T)[0, 1]), 3),
            }
        elif finding["kind"] == "presence":
            auc = area_under_curve([s[0] for t, s in rows if t == 1], [s[0] for t, s in rows if t == 0])
            report[finding["id"]] = {"auc": auc and round(auc, 3)}
        else:
            auc = area_under_curve([s[-1] for t, s in rows if t == 3], [s[-1] for t, s in rows if t != 3])
            right = np.mean([int(np.argmax(s)) == t for t, s in rows])
            report[finding["id"]] = {"aucSevere": auc and round(auc, 3), "accuracy": round(float(right), 3)}
    return report
