# Where the fonts are on this machine; the program also looks in the usual places when it runs.
set(font_folders "")
foreach(name Inter-Regular.otf Inter-Regular.ttf JetBrainsMono-Regular.ttf FiraCode-Regular.ttf
        wqy-microhei.ttc NotoSansCJK-Regular.ttc DejaVuSans.ttf)
    find_path(ORRERY_FONT_FOLDER_${name} ${name} PATHS /usr/share/fonts /usr/local/share/fonts
        PATH_SUFFIXES opentype/inter truetype/inter truetype/jetbrains-mono truetype/firacode
        truetype/wqy opentype/noto truetype/dejavu NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
    mark_as_advanced(ORRERY_FONT_FOLDER_${name})
    if(ORRERY_FONT_FOLDER_${name})
        list(APPEND font_folders "${ORRERY_FONT_FOLDER_${name}}")
        list(APPEND web_font_files "${ORRERY_FONT_FOLDER_${name}}/${name}")
    endif()
endforeach()
list(REMOVE_DUPLICATES font_folders)
list(JOIN font_folders ":" font_folders)
set_property(SOURCE viz/kit/fonts.cpp APPEND PROPERTY COMPILE_DEFINITIONS ORRERY_FONT_FOLDERS="${font_folders}")
