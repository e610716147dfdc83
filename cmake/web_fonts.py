"""Cuts fonts for the browser edition: web_fonts.py OUT FONT... --text-of FOLDER...

The first fonts keep every character they draw; of the Chinese one and of the one with symbols only what
the program's own words need comes first, and all of it in a second file that is fetched on demand.
Layout features, hints and glyph names are dropped: the program does not use them.
"""
import pathlib
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

out = pathlib.Path(sys.argv[1])
cut = sys.argv.index("--text-of")
files = {pathlib.Path(name).name: name for name in sys.argv[2:cut]}
files["Inter-SemiBold.otf"] = str(pathlib.Path(files["Inter-Regular.otf"]).with_name("Inter-SemiBold.otf"))
folders = sys.argv[cut + 1:]
out.mkdir(parents=True, exist_ok=True)


def save(path, name, wanted):
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.glyph_names = False
    options.notdef_outline = True
    options.legacy_kern = False
    options.name_IDs = [0, 1, 2, 13, 14]  # whose it is, and the licence
    options.desubroutinize = False
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "DSIG", "FFTM", "MATH", "STAT", "vhea", "vmtx", "VORG", "kern"]
    font = subset.load_font(path, options, dontLoadGlyphNames=True) if not path.endswith(".ttc") else TTFont(path, fontNumber=0, lazy=True)
    tool = subset.Subsetter(options)
    have = set(font.getBestCmap())
    tool.populate(unicodes=have if wanted is None else have & wanted)
    tool.subset(font)
    font.flavor = None
    font.save(out / name)
    return have


words = set()
for folder in folders:
    for file in pathlib.Path(folder).rglob("*"):
        if file.suffix in (".json", ".md", ".cpp", ".hpp"):
            words |= {ord(c) for c in file.read_text(encoding="utf-8")}

latin = set(range(0x20, 0x250)) | set(range(0x370, 0x400)) | set(range(0x2000, 0x2300)) | set(range(0x2500, 0x2600))
drawn = set()
for name in ("Inter-Regular.otf", "Inter-SemiBold.otf", "JetBrainsMono-Regular.ttf"):
    drawn |= save(files[name], name, latin | words)
chinese = save(files["wqy-microhei.ttc"], "Chinese.ttf", words - set(range(0x250)))
save(files["DejaVuSans.ttf"], "Symbols.ttf", (words | set(range(0x2190, 0x2300))) - set(range(0x250)) - chinese)
for name in ("wqy-microhei.ttc", "DejaVuSans.ttf"):
    if not (out / name).exists():  # slow, and the same whatever the words are
        save(files[name], name, None)
