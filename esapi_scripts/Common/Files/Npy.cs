using System;
using System.IO;
using System.Text;
using System.Text.RegularExpressions;

namespace EsapiBridge.Scripts
{
    /// <summary>The NPY 1.0 format of numpy, little-endian and in C order: the array files of a case folder.</summary>
    public static class Npy
    {
        /// <summary>Little-endian float32.</summary>
        public const string Float32 = "<f4";

        /// <summary>Little-endian float64.</summary>
        public const string Float64 = "<f8";

        private const int Alignment = 64;
        private static readonly byte[] Magic = { 0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0 };
        private static readonly Regex HeaderText = new Regex(
            @"^\{'descr': '(<f[48])', 'fortran_order': False, 'shape': \(([0-9, ]+)\), \} *\n$");

        /// <summary>The bytes before the values.</summary>
        public static byte[] Header(string dtype, int[] shape)
        {
            string dimensions = string.Join(", ", shape) + (shape.Length == 1 ? "," : "");
            string text = "{'descr': '" + dtype + "', 'fortran_order': False, 'shape': (" + dimensions + "), }";
            int unpadded = Magic.Length + 2 + text.Length + 1;
            text = text.PadRight(text.Length + ((Alignment - (unpadded % Alignment)) % Alignment)) + "\n";
            byte[] header = new byte[Magic.Length + 2 + text.Length];
            Magic.CopyTo(header, 0);
            header[Magic.Length] = (byte)(text.Length & 0xff);
            header[Magic.Length + 1] = (byte)(text.Length >> 8);
            Encoding.ASCII.GetBytes(text, 0, text.Length, header, Magic.Length + 2);
            return header;
        }

        /// <summary>Reads float32 values of a known shape.</summary>
        /// <param name="path">The file.</param>
        /// <param name="shape">The shape the description beside the file states.</param>
        /// <exception cref="BridgeException">The file is not a float32 array of that shape, or is cut short.</exception>
        public static float[] ReadFloat32(string path, int[] shape)
        {
            byte[] data = File.ReadAllBytes(path);
            int start = HeaderEnd(data);
            Match match = start < 0 ? Match.Empty : HeaderText.Match(
                Encoding.ASCII.GetString(data, Magic.Length + 2, start - Magic.Length - 2));
            string dimensions = string.Join(", ", shape) + (shape.Length == 1 ? "," : "");
            long count = 1;
            foreach (int length in shape)
            {
                count *= length;
            }
            bool isRight = match.Success && match.Groups[1].Value == Float32 && match.Groups[2].Value == dimensions
                && data.LongLength - start == 4 * count;
            if (!isRight)
            {
                throw new BridgeException("a result array must be float32 (" + dimensions + "), found another; "
                    + "run the script again");
            }
            float[] values = new float[count];
            Buffer.BlockCopy(data, start, values, 0, (int)(4 * count));
            return values;
        }

        private static int HeaderEnd(byte[] data)
        {
            for (int i = 0; i < Magic.Length; i++)
            {
                if (data.Length < Magic.Length + 2 || data[i] != Magic[i])
                {
                    return -1;
                }
            }
            int end = Magic.Length + 2 + data[Magic.Length] + (data[Magic.Length + 1] << 8);
            return end <= data.Length ? end : -1;
        }
    }
}
