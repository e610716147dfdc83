"""Writes the page's files as scripts, for a browser that opens the folder from a disk: web_offline.py PAGE"""
import base64
import gzip
import pathlib
import sys

page = pathlib.Path(sys.argv[1])


def write(name, files):
    with open(page / name, "w", encoding="ascii") as out:
        out.write("window.orrery_files = Object.assign(window.orrery_files || {}, {\n")
        for file in files:
            packed = gzip.compress((page / file).read_bytes(), 9, mtime=0)
            out.write(f"'{file}': '{base64.b64encode(packed).decode()}',\n")
        out.write("});\n")


later = ["fonts/wqy-microhei.ttc", "fonts/DejaVuSans.ttf"]
fonts = sorted(f"fonts/{file.name}" for file in (page / "fonts").iterdir())
write("offline.js", ["orrery.wasm"] + [font for font in fonts if font not in later])
write("offline_fonts.js", later)
