namespace System.Windows.Media
{
    /// <summary>What something is painted with; nothing is painted here.</summary>
    public abstract class Brush : DependencyObject
    {
    }

    /// <summary>A brush of one colour.</summary>
    public sealed class SolidColorBrush : Brush
    {
        /// <summary>A transparent one.</summary>
        public SolidColorBrush() : this(Colors.Transparent)
        {
        }

        /// <summary>One of a colour.</summary>
        public SolidColorBrush(Color color)
        {
            Color = color;
        }

        /// <summary>Its colour.</summary>
        public Color Color { get; set; }

        /// <inheritdoc/>
        public override string ToString()
        {
            return Color.ToString();
        }
    }
}
