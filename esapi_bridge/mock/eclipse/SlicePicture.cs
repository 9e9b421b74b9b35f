using System;
using System.Drawing;
using System.Drawing.Imaging;
using System.Runtime.InteropServices;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;
using Image = VMS.TPS.Common.Model.API.Image;

namespace EsapiBridge.MockEclipse
{
    /// <summary>A plane of the CT in grey with the dose as a colour wash.</summary>
    public sealed class SlicePicture
    {
        private const double LowestHu = -300, HighestHu = 300;
        private const double LowestShare = 0.1; // of the maximum dose; less is not coloured
        private const double Wash = 0.45;

        private readonly Image _image;
        private readonly Dose _dose;
        private readonly double _maximum;

        /// <summary>Makes pictures of an image and, unless null, a dose.</summary>
        public SlicePicture(Image image, Dose dose)
        {
            _image = image;
            _dose = dose;
            _maximum = dose == null ? 0 : dose.DoseMax3D.Dose;
        }

        /// <summary>Number of planes.</summary>
        public int Planes
        {
            get { return _image.ZSize; }
        }

        /// <summary>Plane through a point.</summary>
        public int PlaneAt(VVector point)
        {
            double plane = (point - _image.Origin).ScalarProduct(_image.ZDirection) / _image.ZRes;
            return (int)Math.Max(0, Math.Min(_image.ZSize - 1, Math.Round(plane)));
        }

        /// <summary>Width of a plane divided by its height, in millimetres.</summary>
        public double Aspect
        {
            get { return _image.XSize * _image.XRes / (_image.YSize * _image.YRes); }
        }

        /// <summary>Draws a plane, one pixel a voxel.</summary>
        public Bitmap Draw(int plane)
        {
            int width = _image.XSize, height = _image.YSize;
            int[,] raw = new int[width, height];
            _image.GetVoxels(plane, raw);
            double intercept = _image.VoxelToDisplayValue(0);
            double slope = _image.VoxelToDisplayValue(1) - intercept;
            double[,] share = DoseShare(plane);
            int[] pixels = new int[width * height];
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    double grey = (intercept + slope * raw[x, y] - LowestHu) / (HighestHu - LowestHu);
                    pixels[y * width + x] = Colour(Math.Max(0, Math.Min(1, grey)), share == null ? 0 : share[x, y]);
                }
            }
            Bitmap bitmap = new Bitmap(width, height, PixelFormat.Format32bppArgb);
            BitmapData data = bitmap.LockBits(
                new Rectangle(0, 0, width, height), ImageLockMode.WriteOnly, PixelFormat.Format32bppArgb);
            Marshal.Copy(pixels, 0, data.Scan0, pixels.Length);
            bitmap.UnlockBits(data);
            return bitmap;
        }

        /// <summary>Dose at the pixels of a plane as a share of its maximum; null where the dose does not reach.</summary>
        private double[,] DoseShare(int plane)
        {
            if (_dose == null || !(_maximum > 0))
            {
                return null;
            }
            VVector corner = _image.Origin + _image.ZDirection * (_image.ZRes * plane) - _dose.Origin;
            int k = (int)Math.Round(corner.ScalarProduct(_dose.ZDirection) / _dose.ZRes);
            if (k < 0 || k >= _dose.ZSize)
            {
                return null;
            }
            int[,] counts = new int[_dose.XSize, _dose.YSize];
            _dose.GetVoxels(k, counts);
            double zero = _dose.VoxelToDoseValue(0).Dose;
            const int Many = 1000000; // one count is too small a dose to measure the scale by
            double scale = (_dose.VoxelToDoseValue(Many).Dose - zero) / Many;
            double[,] share = new double[_image.XSize, _image.YSize];
            for (int x = 0; x < _image.XSize; x++)
            {
                for (int y = 0; y < _image.YSize; y++)
                {
                    VVector at = corner + _image.XDirection * (_image.XRes * x) + _image.YDirection * (_image.YRes * y);
                    int i = (int)Math.Round(at.ScalarProduct(_dose.XDirection) / _dose.XRes);
                    int j = (int)Math.Round(at.ScalarProduct(_dose.YDirection) / _dose.YRes);
                    if (i >= 0 && j >= 0 && i < _dose.XSize && j < _dose.YSize)
                    {
                        share[x, y] = (zero + scale * counts[i, j]) / _maximum;
                    }
                }
            }
            return share;
        }

        /// <summary>Grey, and over it blue to red by dose.</summary>
        private static int Colour(double grey, double share)
        {
            double red = grey, green = grey, blue = grey;
            if (share > LowestShare)
            {
                double warm = Math.Min(1, (share - LowestShare) / (1 - LowestShare));
                red = Mix(grey, Math.Min(1, Math.Max(0, 2 * warm - 0.6)));
                green = Mix(grey, 1 - Math.Abs(2 * warm - 1));
                blue = Mix(grey, Math.Max(0, 1 - 2 * warm));
            }
            return Color.FromArgb((int)(255 * red), (int)(255 * green), (int)(255 * blue)).ToArgb();
        }

        private static double Mix(double grey, double colour)
        {
            return (1 - Wash) * grey + Wash * colour;
        }
    }
}
