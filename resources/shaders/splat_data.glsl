// Where the values of Gaussian `index` lie in a data texture, `stride` texels each.
ivec2 data_texel(int index, int stride, int offset, int width) {
    int texel = index * stride + offset;
    return ivec2(texel % width, texel / width);
}
