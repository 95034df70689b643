"""Converts a CTranslate2 Whisper model into the ggml file that whisper.cpp reads.

usage: convert-model.py --weights PART [PART ...] --tokenizer JSON --header GGML --output FILE [--type q8_0|f16]

Weights come from the CTranslate2 file (several parts are read one after the other), the vocabulary from the tokenizer
beside it. Dimensions and mel filters are copied from the weightless ggml file of the same size that whisper.cpp ships
for its own tests, so they are the official ones; the vocabulary in there is not usable (it lost the tokens that hold
part of a character). Needs numpy.
"""

import argparse
import json
import os
import struct
import sys

import numpy

CTRANSLATE2_TYPES = {0: numpy.float32, 1: numpy.int8, 2: numpy.int16, 3: numpy.int32, 4: numpy.float16}
FLOAT32, FLOAT16, Q8_0 = 0, 1, 8
# ggml "mostly" file types; a quantized one carries the version of the quantization format times 1,000.
FILE_TYPES = {"f16": 1, "q8_0": 2 * 1000 + 7}
Q8_BLOCK = 32


def read_weights(parts):
    """Every tensor of a CTranslate2 model (binary versions 5 and 6) by name."""
    data = b"".join(open(part, "rb").read() for part in parts)
    position = 0

    def take(form):
        nonlocal position
        value = struct.unpack_from("<" + form, data, position)[0]
        position += struct.calcsize("<" + form)
        return value

    def text():
        nonlocal position
        length = take("H")
        value = data[position : position + length - 1].decode()
        position += length
        return value

    version = take("I")
    if version not in (5, 6):
        sys.exit(f"convert-model: CTranslate2 binary version {version} is not known (5 and 6 are)")
    specification = text()
    if specification != "WhisperSpec":
        sys.exit(f"convert-model: the file holds a {specification}, not a Whisper model")
    take("I")
    tensors = {}
    for _ in range(take("I")):
        name = text()
        shape = [take("I") for _ in range(take("B"))]
        kind = CTRANSLATE2_TYPES[take("B")]
        length = take("I")
        tensors[name] = numpy.frombuffer(data, kind, length // numpy.dtype(kind).itemsize, position).reshape(shape)
        position += length
    return tensors


def split_attention(tensors, source, target, state):
    """CTranslate2 fuses query, key and value of self-attention, and key and value of cross-attention."""
    if source.endswith("self_attention"):
        weights = numpy.split(tensors[f"{source}/linear_0/weight"], 3)
        biases = numpy.split(tensors[f"{source}/linear_0/bias"], 3)
        output = f"{source}/linear_1"
    else:
        weights = [tensors[f"{source}/linear_0/weight"], *numpy.split(tensors[f"{source}/linear_1/weight"], 2)]
        biases = [tensors[f"{source}/linear_0/bias"], *numpy.split(tensors[f"{source}/linear_1/bias"], 2)]
        output = f"{source}/linear_2"
    assert weights[0].shape == (state, state), weights[0].shape
    for part, weight, bias in zip(("query", "key", "value"), weights, biases):
        yield f"{target}.{part}.weight", weight
        if part != "key":  # Whisper's keys have no bias; CTranslate2 stores zeros.
            yield f"{target}.{part}.bias", bias
    yield f"{target}.out.weight", tensors[f"{output}/weight"]
    yield f"{target}.out.bias", tensors[f"{output}/bias"]


def normalization(tensors, source, target):
    yield f"{target}.weight", tensors[f"{source}/gamma"]
    yield f"{target}.bias", tensors[f"{source}/beta"]


def linear(tensors, source, target):
    yield f"{target}.weight", tensors[f"{source}/weight"]
    yield f"{target}.bias", tensors[f"{source}/bias"]


def named_as_openai(tensors, layers, state):
    """The tensors under the names of the original checkpoint, which whisper.cpp uses."""
    for side in ("encoder", "decoder"):
        yield f"{side}.positional_embedding", tensors[f"{side}/position_encodings/encodings"]
        for index in range(layers[side]):
            source, target = f"{side}/layer_{index}", f"{side}.blocks.{index}"
            yield from normalization(tensors, f"{source}/self_attention/layer_norm", f"{target}.attn_ln")
            yield from split_attention(tensors, f"{source}/self_attention", f"{target}.attn", state)
            if side == "decoder":
                yield from normalization(tensors, f"{source}/attention/layer_norm", f"{target}.cross_attn_ln")
                yield from split_attention(tensors, f"{source}/attention", f"{target}.cross_attn", state)
            yield from normalization(tensors, f"{source}/ffn/layer_norm", f"{target}.mlp_ln")
            yield from linear(tensors, f"{source}/ffn/linear_0", f"{target}.mlp.0")
            yield from linear(tensors, f"{source}/ffn/linear_1", f"{target}.mlp.2")
    for number in (1, 2):
        yield f"encoder.conv{number}.weight", tensors[f"encoder/conv{number}/weight"]
        yield f"encoder.conv{number}.bias", tensors[f"encoder/conv{number}/bias"].reshape(-1, 1)
    yield from normalization(tensors, "encoder/layer_norm", "encoder.ln_post")
    yield from normalization(tensors, "decoder/layer_norm", "decoder.ln")
    yield "decoder.token_embedding.weight", tensors["decoder/embeddings/weight"]


def quantized(matrix):
    """ggml's Q8_0: blocks of 32 values as one half-precision scale and 32 signed bytes."""
    blocks = matrix.astype(numpy.float32).reshape(-1, Q8_BLOCK)
    scale = numpy.abs(blocks).max(axis=1, keepdims=True) / 127
    inverse = numpy.divide(1, scale, out=numpy.zeros_like(scale), where=scale > 0)
    packed = numpy.empty(len(blocks), dtype=[("scale", "<f2"), ("values", "i1", Q8_BLOCK)])
    packed["scale"] = scale[:, 0]
    packed["values"] = numpy.rint(blocks * inverse)
    return packed


def encoded(name, tensor, kind):
    """The tensor as ggml stores it, with its type: small and positional ones in full, matrices as asked."""
    if tensor.ndim < 2 or name.endswith("positional_embedding") or name.endswith(".bias"):
        return FLOAT32, tensor.astype("<f4")
    if kind == "q8_0" and tensor.ndim == 2:
        return Q8_0, quantized(tensor)
    return FLOAT16, tensor.astype("<f2")


def byte_of_letter():
    """GPT-2's spelling of bytes as letters: printable ones stand for themselves, the others for U+0100 and up."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = {chr(byte): byte for byte in printable}
    letters.update({chr(256 + index): byte for index, byte in enumerate(others)})
    return letters


def vocabulary(tokenizer):
    """The text tokens in order, each as ggml stores it: length and bytes. Marks such as <|en|> are known to the engine."""
    letters = byte_of_letter()
    with open(tokenizer, encoding="utf-8") as file:
        numbers = json.load(file)["model"]["vocab"]
    numbers.pop("<|endoftext|>", None)
    words = sorted(numbers, key=numbers.get)
    if [numbers[word] for word in words] != list(range(len(words))):
        sys.exit("convert-model: the tokenizer's vocabulary has holes")
    encoded = [bytes(letters[letter] for letter in word) for word in words]
    return struct.pack("<i", len(words)) + b"".join(struct.pack("<i", len(word)) + word for word in encoded)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", nargs="+", required=True)
    parser.add_argument("--tokenizer", required=True)
    parser.add_argument("--header", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--type", choices=FILE_TYPES, default="q8_0")
    options = parser.parse_args()

    header = bytearray(open(options.header, "rb").read())
    fields = struct.unpack_from("<14i", header)
    tokens, state = fields[1], fields[3]
    filters_end = 14 * 4 + 4 * fields[12] * fields[13]
    layers = {"encoder": fields[5], "decoder": fields[9]}
    tensors = read_weights(options.weights)
    if tensors["decoder/embeddings/weight"].shape != (tokens, state):
        sys.exit("convert-model: the weights are of another model size than the header")
    struct.pack_into("<i", header, 44, FILE_TYPES[options.type])

    temporary = f"{options.output}.part"
    with open(temporary, "wb") as output:
        output.write(header[:filters_end])
        output.write(vocabulary(options.tokenizer))
        for name, tensor in named_as_openai(tensors, layers, state):
            kind, values = encoded(name, tensor, options.type)
            output.write(struct.pack("<3i", tensor.ndim, len(name), kind))
            output.write(struct.pack(f"<{tensor.ndim}i", *reversed(tensor.shape)))
            output.write(name.encode())
            output.write(values.tobytes())
    os.replace(temporary, options.output)


if __name__ == "__main__":
    main()
