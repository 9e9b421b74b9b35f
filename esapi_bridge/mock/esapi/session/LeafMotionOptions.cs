// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Globalization;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>Options of a leaf motion calculation and the kind of model they are for (row 26).</summary>
    internal sealed class LeafMotionOptions
    {
        private const string Varian = "Varian Leaf Motion Calculator";
        private const string Smart = "Varian Smart LMC";
        private const string Segments = "MSS Leaf Motion Calculator";

        internal readonly string ModelPrefix;
        internal readonly bool FixedJaws;
        internal readonly Dictionary<string, string> Values = new Dictionary<string, string>();

        private LeafMotionOptions(string modelPrefix, bool fixedJaws)
        {
            ModelPrefix = modelPrefix;
            FixedJaws = fixedJaws;
        }

        internal static LeafMotionOptions Of(LMCVOptions options)
        {
            Require(options);
            return new LeafMotionOptions(Varian, options.FixedJaws);
        }

        internal static LeafMotionOptions Of(SmartLMCOptions options)
        {
            Require(options);
            LeafMotionOptions common = new LeafMotionOptions(Smart, options.FixedFieldBorders);
            common.Values["jaw_tracking"] = options.JawTracking ? "true" : "false";
            return common;
        }

        internal static LeafMotionOptions Of(LMCMSSOptions options)
        {
            Require(options);
            LeafMotionOptions common = new LeafMotionOptions(Segments, true);
            common.Values["iterations"] = options.NumberOfIterations.ToString(CultureInfo.InvariantCulture);
            return common;
        }

        /// <summary>The options of a plan that sets none: jaws move to fit (assumed).</summary>
        internal static LeafMotionOptions OfModel(string model)
        {
            return new LeafMotionOptions(model ?? Varian, false);
        }

        private static void Require(object options)
        {
            if (options == null)
            {
                throw new ArgumentNullException("options");
            }
        }
    }
}
