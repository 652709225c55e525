// MeGA's pixel decoder: texels of the neural texture and the code of their place to a colour.
// Packed by avatar_core/render/pixel_decoder.py; the readable twin is avatar_core/mega/textures.py.
//
// Everything is done in groups of four numbers, so a layer is a few products of 4 x 4 matrices, and
// the first layer takes its inputs as they come: texture, code of uv, code of the place in space.
// Loop bounds are uniforms: constant ones would be unrolled, and software rasterisers never finish.

const int MOST_BLOCKS = 48;

layout(std140) uniform PixelDecoderBlock {
    mat4 blocks[MOST_BLOCKS];   // two for every group of inputs, then the layers that follow
    vec4 biases[9];             // first, second and third layer two each, last one, place two
} decoder;

uniform sampler2DArray basic_texture;
uniform sampler2DArray view_texture;
uniform sampler2DArray dynamic_texture;
uniform sampler2D uv_codes;      // learned: two values along u, two along v
uniform int texture_groups;      // of four channels
uniform int code_groups;         // of four values
uniform int code_entries;        // of the learned code; 0: sines and cosines
uniform int hidden_block;        // where the matrices after the first layer begin
uniform bool told_place;         // the network is told the place in the world
uniform int pair_count;          // of sines and cosines, with uv itself

// Between texels; `texel` counts those of the basic texture, the picture may be reduced from that
// size by averaging squares.
vec4 texel_between(sampler2DArray picture, vec2 texel, int layer) {
    ivec2 size = textureSize(picture, 0).xy;
    vec2 share = vec2(size) / vec2(textureSize(basic_texture, 0).xy);
    vec2 place = clamp(share * (texel + 0.5) - 0.5, vec2(0.0), vec2(size - 1));
    ivec2 low = min(ivec2(place), size - 2);
    vec2 part = place - vec2(low);
    vec4 a = texelFetch(picture, ivec3(low, layer), 0);
    vec4 b = texelFetch(picture, ivec3(low + ivec2(1, 0), layer), 0);
    vec4 c = texelFetch(picture, ivec3(low + ivec2(0, 1), layer), 0);
    vec4 d = texelFetch(picture, ivec3(low + ivec2(1, 1), layer), 0);
    return mix(mix(a, b, part.x), mix(c, d, part.x), part.y);
}

vec4 code_entry(int index) {
    int width = textureSize(uv_codes, 0).x;
    return texelFetch(uv_codes, ivec2(index % width, index / width), 0);
}

// Between the two nearest entries; the first and the last lie at 0 and 1.
vec4 learned_code(vec2 uv) {
    vec2 place = clamp(uv, 0.0, 1.0) * float(code_entries - 1);
    ivec2 low = min(ivec2(place), code_entries - 2);
    vec2 part = place - vec2(low);
    vec2 along_u = mix(code_entry(low.x).xy, code_entry(low.x + 1).xy, part.x);
    vec2 along_v = mix(code_entry(low.y).zw, code_entry(low.y + 1).zw, part.y);
    return vec4(along_u, along_v);
}

// uv in -1..1, then sines and cosines of 1, 2, 4, ... times that.
vec2 wave_pair(vec2 uv, int pair) {
    if (pair >= pair_count) return vec2(0.0);
    if (pair == 0) return uv;
    vec2 angle = uv * exp2(float((pair - 1) / 2));
    return pair % 2 == 1 ? sin(angle) : cos(angle);
}

// Colour of a point of the face.
//   uv: 0..1, v up. place: world, metres. shares: of the basic, view and dynamic texture.
vec3 decoded_colour(vec2 uv, vec3 place, vec3 shares) {
    vec2 texel = clamp(uv, 0.0, 1.0) * vec2(textureSize(basic_texture, 0).xy - 1);
    vec4 upper = decoder.biases[0], lower = decoder.biases[1];
    int block = 0;
    int group = 0;
    do {
        vec4 sum = shares.x * texel_between(basic_texture, texel, group);
        if (shares.y != 0.0) sum += shares.y * texel_between(view_texture, texel, group);
        if (shares.z != 0.0) sum += shares.z * texel_between(dynamic_texture, texel, group);
        upper += decoder.blocks[block] * sum;
        lower += decoder.blocks[block + 1] * sum;
        block += 2;
    } while (++group < texture_groups);
    vec2 signed_uv = 2.0 * uv - 1.0;
    group = 0;
    do {
        vec4 code = code_entries > 0
            ? learned_code(uv)
            : vec4(wave_pair(signed_uv, 2 * group), wave_pair(signed_uv, 2 * group + 1));
        upper += decoder.blocks[block] * code;
        lower += decoder.blocks[block + 1] * code;
        block += 2;
    } while (++group < code_groups);
    int next = hidden_block;
    if (told_place) {
        vec4 code = sin(decoder.blocks[next + 10] * vec4(place, 0.0) + decoder.biases[7]);
        code = sin(decoder.blocks[next + 11] * code + decoder.biases[8]);
        upper += decoder.blocks[block] * code;
        lower += decoder.blocks[block + 1] * code;
    }
    upper = sin(upper);
    lower = sin(lower);
    for (int layer = 1; layer <= 2; ++layer, next += 4) {
        vec4 a = decoder.blocks[next] * upper + decoder.blocks[next + 2] * lower;
        vec4 b = decoder.blocks[next + 1] * upper + decoder.blocks[next + 3] * lower;
        upper = sin(a + decoder.biases[2 * layer]);
        lower = sin(b + decoder.biases[2 * layer + 1]);
    }
    vec4 logits = decoder.blocks[next] * upper + decoder.blocks[next + 1] * lower;
    return 1.0 / (1.0 + exp(-(logits + decoder.biases[6]).rgb));
}
