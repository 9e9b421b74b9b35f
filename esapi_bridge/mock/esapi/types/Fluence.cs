// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;

namespace VMS.TPS.Common.Model.Types
{
    /// <summary>
    /// Optimal fluence of a beam: pixels of 2.5 mm in the plane of the isocentre, axes of the beam-limiting device,
    /// indexed [row, column] (row 17: images and doses are indexed [x, y]); rows run towards -Y from the top, and the
    /// origin is the centre of the first pixel, whose y is positive in a centred map (row 20). The value 1 gives 1 Gy
    /// at 10 cm depth in water in an open 10x10 cm field.
    /// </summary>
    /// <remarks>
    /// Size and values are judged where a beam takes the fluence, not here (rows 18, 19, 21; place assumed).
    /// </remarks>
    public sealed class Fluence
    {
        private const double PixelMm = 2.5;

        private readonly float[,] _pixels;
        private readonly double _xOrigin;
        private readonly double _yOrigin;
        private readonly string _mlcId;

        /// <summary>Makes a fluence whose MLC the system finds.</summary>
        public Fluence(float[,] fluenceMatrix, double xOrigin, double yOrigin)
            : this(fluenceMatrix, xOrigin, yOrigin, "")
        {
        }

        /// <summary>Makes a fluence for an MLC.</summary>
        public Fluence(float[,] fluenceMatrix, double xOrigin, double yOrigin, string mlcId)
        {
            if (fluenceMatrix == null)
            {
                throw new ArgumentNullException("fluenceMatrix");
            }
            _pixels = (float[,])fluenceMatrix.Clone();
            _xOrigin = xOrigin;
            _yOrigin = yOrigin;
            _mlcId = mlcId;
        }

        /// <summary>Most rows or columns there may be.</summary>
        public static int MaxSizePixel { get { return 1024; } }

        /// <summary>A copy of the pixels, [row, column].</summary>
        public float[,] GetPixels()
        {
            return (float[,])_pixels.Clone();
        }

        /// <summary>Centre of the first column, mm.</summary>
        public double XOrigin { get { return _xOrigin; } }

        /// <summary>Centre of the first row, mm.</summary>
        public double YOrigin { get { return _yOrigin; } }

        /// <summary>Width, mm.</summary>
        public double XSizeMM { get { return XSizePixel * PixelMm; } }

        /// <summary>Height, mm.</summary>
        public double YSizeMM { get { return YSizePixel * PixelMm; } }

        /// <summary>Number of columns.</summary>
        public int XSizePixel { get { return _pixels.GetLength(1); } }

        /// <summary>Number of rows.</summary>
        public int YSizePixel { get { return _pixels.GetLength(0); } }

        /// <summary>The MLC; may be null or empty.</summary>
        public string MLCId { get { return _mlcId; } }
    }
}
